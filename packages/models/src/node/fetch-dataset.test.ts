import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dataFolder } from './data-folder.ts'
import { fetchDataset } from './fetch-dataset.ts'
import { idxFile } from './fixtures.ts'
import type { RunCommand } from './run-command.ts'

const hoisted = vi.hoisted(() => ({ files: [] as { name: string; bytes: number; sha256: string }[] }))
// The real files are large: the same data set with four small ones.
vi.mock('./catalogue.ts', async (original) => {
  const real = await original<typeof import('./catalogue.ts')>()
  return { ...real, fetchable: (name: string) => ({ ...real.fetchable(name), files: hoisted.files }) }
})

const contents = Object.fromEntries(
  ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'].map(
    (name, k) => [
      name,
      idxFile(
        [50 + k],
        Array.from({ length: 50 + k }, (_, i) => (i * k) % 10),
      ),
    ],
  ),
)
hoisted.files.push(
  ...Object.entries(contents).map(([name, bytes]) => ({
    name,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })),
)

const offline: RunCommand = async (command) => ({ code: 127, reason: `there is no program ${command}` })
const noWeb = (async () => {
  throw new TypeError('fetch failed', { cause: new Error('no network') })
}) as typeof fetch

let root: string
let into: string
let from: string
let messages: string[]
const onMessage = (message: string): void => void messages.push(message)

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'eos-fetch-test-'))
  ;[into, from, messages] = [path.join(root, 'into'), path.join(root, 'from'), []]
  await mkdir(from)
})
afterEach(() => rm(root, { recursive: true }))

const fill = async (folder: string, packed: boolean): Promise<void> => {
  await mkdir(folder, { recursive: true })
  for (const [name, bytes] of Object.entries(contents))
    await writeFile(path.join(folder, packed ? `${name}.gz` : name), packed ? gzipSync(bytes) : bytes)
}
const expectWhole = async (): Promise<void> => {
  expect((await readdir(into)).sort()).toEqual(['dataset.json', ...Object.keys(contents)].sort())
  for (const [name, bytes] of Object.entries(contents))
    expect(new Uint8Array(await readFile(path.join(into, name)))).toEqual(bytes)
}

/** Debian as far as this test knows it: `apt-get download` works once the index was updated. */
const debian = (calls: string[], known: boolean): RunCommand => {
  let updated = known
  return async (command, args, folder) => {
    calls.push([command, args[0]].join(' '))
    if (args[0] === 'update') updated = true
    if (args[0] === 'download') {
      if (!updated) return { code: 100, reason: 'E: Unable to locate package dataset-fashion-mnist' }
      await writeFile(path.join(folder, 'dataset-fashion-mnist_1%3a2.0-1_all.deb'), 'archive')
    }
    if (command === 'dpkg-deb') await fill(path.join(args[2] as string, 'usr/share/datasets/fashion-mnist'), true)
    return { code: 0, reason: '' }
  }
}
const web = (packed: (name: string) => Uint8Array | undefined): typeof fetch =>
  (async (address) => {
    const bytes = packed(String(address).split('/').at(-1)?.replace('.gz', '') as string)
    return bytes ? new Response(bytes as Uint8Array<ArrayBuffer>) : new Response('none', { status: 404 })
  }) as typeof fetch
const goodWeb = web((name) => contents[name] && gzipSync(contents[name]))

describe('fetchDataset', () => {
  it.each([false, true])('takes a local folder first, packed: %s, and records what it took', async (packed) => {
    await fill(from, packed)
    const found = await fetchDataset('fashion-mnist', { from, into, run: offline, fetch: noWeb, onMessage })
    await expectWhole()
    expect(found).toMatchObject({
      name: 'fashion-mnist',
      source: 'folder',
      version: from,
      folder: into,
      counts: { train: 60000, test: 10000 },
    })
    expect(JSON.parse(await readFile(path.join(into, 'dataset.json'), 'utf8'))).toMatchObject({
      source: 'folder',
      files: hoisted.files,
    })
    expect(messages).toEqual([
      'Getting fashion-mnist: from the folder named ...',
      `fashion-mnist is in ${into}, from ${from}.`,
    ])
  })

  it('does nothing where the data set is there, and mends a folder that was damaged', async () => {
    await fill(from, false)
    await fetchDataset('fashion-mnist', { from, into })
    const again = await fetchDataset('fashion-mnist', { into, run: offline, fetch: noWeb, onMessage })
    expect(again.source).toBe('folder')
    expect(messages).toEqual([`fashion-mnist is in ${into} already.`])
    const whole = path.join(into, 'train-images-idx3-ubyte')
    const untouched = (await stat(whole)).mtimeMs
    await writeFile(path.join(into, 't10k-labels-idx1-ubyte'), 'cut')
    await fetchDataset('fashion-mnist', { into, run: offline, fetch: goodWeb })
    await expectWhole()
    expect((await stat(whole)).mtimeMs).toBe(untouched)
  })

  it('says why the folder will not do and goes on to Debian, updating its index when need be', async () => {
    await fill(from, true)
    const bad = path.join(from, 't10k-images-idx3-ubyte.gz')
    await writeFile(bad, gzipSync(idxFile([52], new Array(52).fill(1))))
    const calls: string[] = []
    const found = await fetchDataset('fashion-mnist', {
      from,
      into,
      run: debian(calls, false),
      fetch: noWeb,
      onMessage,
    })
    await expectWhole()
    expect(found).toMatchObject({ source: 'debian', version: 'Debian dataset-fashion-mnist 1:2.0-1' })
    expect(calls).toEqual(['apt-get download', 'apt-get update', 'apt-get download', 'dpkg-deb -x'])
    expect(messages[1]).toContain(
      `Failed, from the folder named: ${bad} is not the t10k-images-idx3-ubyte it should be: its checksum differs`,
    )
  })

  it('names a truncated local file', async () => {
    await fill(from, true)
    const cut = path.join(from, 'train-images-idx3-ubyte.gz')
    const packed = await readFile(cut)
    await writeFile(cut, packed.subarray(0, packed.length >> 1))
    await fetchDataset('fashion-mnist', { from, into, run: debian([], true), onMessage })
    expect(messages[1]).toContain(`${cut} is not whole: its gzip data cannot be unpacked.`)
    await expectWhole()
  })

  it('takes the web last', async () => {
    const found = await fetchDataset('fashion-mnist', { into, run: offline, fetch: goodWeb, onMessage })
    await expectWhole()
    expect(found.source).toBe('https')
    expect(found.version).toMatch(/^https:/)
    expect(messages[1]).toBe(
      'Failed, as a Debian package: apt-get download: there is no program apt-get; apt-get update: there is no program apt-get',
    )
  })

  it('keeps the files that a broken fetch brought, and goes on with the others', async () => {
    const half = web((name) => (name.startsWith('train') ? gzipSync(contents[name] as Uint8Array) : undefined))
    await expect(fetchDataset('fashion-mnist', { into, run: offline, fetch: half })).rejects.toThrow(
      'answered with status 404',
    )
    expect((await readdir(into)).sort()).toEqual(['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'])
    const asked: string[] = []
    const rest = web((name) => {
      asked.push(name)
      return gzipSync(contents[name] as Uint8Array)
    })
    await fetchDataset('fashion-mnist', { into, run: offline, fetch: rest })
    expect(asked).toEqual(['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'])
    await expectWhole()
  })

  it('refuses what the web gives when its checksum differs, with every reason in one error', async () => {
    const wrong = web(() => gzipSync(new TextEncoder().encode('a page that asks to log in')))
    const error = await fetchDataset('fashion-mnist', { from, into, run: offline, fetch: wrong }).catch(
      (e: unknown) => e,
    )
    expect(error).toMatchObject({ code: 'DATASET_FETCH' })
    const { message } = error as Error
    expect(message).toContain('fashion-mnist could not be fetched.')
    expect(message).toContain(
      `from the folder named: ${from} holds neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz`,
    )
    expect(message).toContain('as a Debian package: apt-get download: there is no program apt-get')
    expect(message).toContain('over HTTPS: https://')
    expect(message).toContain('checksum differs')
    expect(existsSync(into)).toBe(false)
  })

  it('says that there is no network, no such data set, and no room', async () => {
    await expect(fetchDataset('fashion-mnist', { into, run: offline, fetch: noWeb })).rejects.toThrow(
      'over HTTPS: fetch failed (no network)',
    )
    await expect(fetchDataset('imagenet')).rejects.toThrow(
      'There is no data set "imagenet" to fetch. There are: fashion-mnist.',
    )
    await fill(from, false)
    await writeFile(into, 'a file is in the way')
    await expect(fetchDataset('fashion-mnist', { from, into })).rejects.toMatchObject({ code: 'FILE_WRITE' })
  })

  it('stops when it is told to', async () => {
    const abort = AbortSignal.abort(new Error('enough'))
    await expect(fetchDataset('fashion-mnist', { into, run: offline, fetch: goodWeb, signal: abort })).rejects.toThrow(
      'enough',
    )
  })
})

describe('dataFolder', () => {
  it('is EOS_DATA, or in the cache of the user', () => {
    expect(dataFolder({ EOS_DATA: '/data/eos' })).toBe('/data/eos')
    expect(dataFolder({ XDG_CACHE_HOME: '/cache' })).toBe('/cache/eos-sgd')
    expect(dataFolder({})).toMatch(/[/\\]\.cache[/\\]eos-sgd$/)
  })
})
