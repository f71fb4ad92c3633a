import { execFileSync, spawn } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EosError } from '@eos-sgd/graph'
import { build, defaultServerConditions } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../checkpoint/index.ts'
import { fileStore } from './file-store.ts'
import { formatVersion, sha256 } from './manifest.ts'

const [mount, unmount] = ['mount', 'umount']
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'eos-checkpoint-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
const folder = (): Promise<string> => mkdtemp(join(root, 'case-'))

const checkpoint = (step: number, elements = 1000): Checkpoint => ({
  manifest: { step, host: { rate: 0.1 + step, list: [1, null, 'ü', false] } },
  tensors: {
    w: { type: { shape: [elements], dtype: 'float32' }, data: new Float32Array(elements).fill(step) },
    count: { type: { shape: [], dtype: 'int64' }, data: BigInt64Array.of(BigInt(step)) },
  },
})
const coded = (code: string, ...texts: string[]) =>
  expect.objectContaining({
    name: 'EosError',
    code,
    message: expect.stringMatching(new RegExp(texts.map((t) => `(?=[^]*${t})`).join(''))),
  })

describe('fileStore', () => {
  it('gives back what was written, from this store and from another', async () => {
    const dir = join(await folder(), 'made', 'when', 'needed')
    const store = fileStore(dir)
    expect(await store.read()).toBeUndefined()
    for (const step of [1, 2, 2, 2, 30]) {
      await store.write(checkpoint(step))
      expect(await store.read()).toEqual(checkpoint(step))
      expect(await fileStore(dir).read()).toEqual(checkpoint(step))
      expect((await readdir(dir)).length).toBe(2)
    }
    expect(await readdir(dir)).toEqual(['manifest.json', 'step-30.safetensors'])
  })

  it('lets writes that overlap wait for each other', async () => {
    const dir = await folder()
    const store = fileStore(dir)
    await Promise.all([1, 2, 3, 3].map((step) => store.write(checkpoint(step))))
    expect(await store.read()).toEqual(checkpoint(3))
    expect((await readdir(dir)).length).toBe(2)
  })

  it('refuses what cannot be written before it touches anything, and keeps the previous', async () => {
    const dir = await folder()
    const store = fileStore(dir)
    await store.write(checkpoint(1))
    await expect(store.write({ manifest: { step: 2, rate: Number.NaN }, tensors: {} })).rejects.toThrow(
      coded('NOT_JSON', 'manifest.rate'),
    )
    const wrong = { w: { type: { shape: [2], dtype: 'float32' as const }, data: new Float32Array(3) } }
    await expect(store.write({ manifest: { step: 2 }, tensors: wrong })).rejects.toThrow(coded('TENSOR_DATA'))
    expect(await store.read()).toEqual(checkpoint(1))
    expect((await readdir(dir)).length).toBe(2)
  })
})

describe('a damaged checkpoint', () => {
  const saved = async (): Promise<{ dir: string; manifest: string; tensors: string }> => {
    const dir = await folder()
    await fileStore(dir).write(checkpoint(7))
    return { dir, manifest: join(dir, 'manifest.json'), tensors: join(dir, 'step-7.safetensors') }
  }

  it('is reported when tensors are truncated, altered or missing', async () => {
    const { dir, tensors } = await saved()
    const bytes = await readFile(tensors)
    for (const damage of [
      () => truncate(tensors, bytes.length - 1),
      () => truncate(tensors, 0),
      () =>
        writeFile(
          tensors,
          bytes.map((byte, i) => (i === bytes.length - 10 ? byte ^ 1 : byte)),
        ),
      () => rm(tensors),
    ]) {
      await writeFile(tensors, bytes)
      await damage()
      await expect(fileStore(dir).read()).rejects.toThrow(
        coded('CHECKPOINT_CORRUPT', 'step-7.safetensors', 'Delete the folder'),
      )
    }
    // And a new one can be written over it.
    await fileStore(dir).write(checkpoint(8))
    expect(await fileStore(dir).read()).toEqual(checkpoint(8))
  })

  it('is reported for every truncation and every flipped byte of the manifest', async () => {
    const { dir, manifest } = await saved()
    const text = await readFile(manifest)
    for (let length = 0; length < text.length - 2; length += 7) {
      await writeFile(manifest, text.subarray(0, length))
      await expect(fileStore(dir).read()).rejects.toThrow(coded('CHECKPOINT_CORRUPT', 'manifest.json'))
    }
    for (let at = 0; at < text.length; at += 5) {
      await writeFile(
        manifest,
        text.map((byte, i) => (i === at ? byte ^ 0x10 : byte)),
      )
      const outcome = await fileStore(dir)
        .read()
        .catch((error: unknown) => error)
      // Whitespace may change; nothing else goes unnoticed.
      if (outcome instanceof EosError) expect(outcome.code).toMatch(/^CHECKPOINT_(CORRUPT|VERSION)$/)
      else expect(outcome).toEqual(checkpoint(7))
    }
  })

  it('is not read from a newer format, nor from outside its folder', async () => {
    const { dir, manifest } = await saved()
    const content = JSON.parse(await readFile(manifest, 'utf8'))
    await writeFile(manifest, JSON.stringify({ ...content, version: formatVersion + 1 }))
    await expect(fileStore(dir).read()).rejects.toThrow(coded('CHECKPOINT_VERSION', 'version 2', 'Update eos-sgd'))
    await writeFile(
      manifest,
      JSON.stringify({ ...content, tensors: { ...content.tensors, file: '../step-7.safetensors' } }),
    )
    await expect(fileStore(dir).read()).rejects.toThrow(coded('CHECKPOINT_CORRUPT', 'names no file'))
    await writeFile(manifest, JSON.stringify({ ...content, manifest: { step: 8 }, sha256: sha256('{"step":9}') }))
    await expect(fileStore(dir).read()).rejects.toThrow(coded('CHECKPOINT_CORRUPT', 'checksum'))
  })
})

describe('a write that fails', () => {
  it.skipIf(!existsSync('/dev/full'))('on a full device leaves nothing behind', async () => {
    const dir = await folder()
    const store = fileStore(dir)
    symlinkSync('/dev/full', join(dir, 'step-1.safetensors'))
    await expect(store.write(checkpoint(1))).rejects.toThrow(
      coded('CHECKPOINT_WRITE', 'step-1.safetensors', 'disk is full', 'Free some space'),
    )
    expect(await readdir(dir)).toEqual([])
    await store.write(checkpoint(1))
    expect(await store.read()).toEqual(checkpoint(1))
  })

  it('on a full disk leaves the previous checkpoint, wherever the space ends', async ({ skip }) => {
    const dir = await folder()
    try {
      execFileSync(mount, ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir], { stdio: 'ignore' })
    } catch {
      skip('no right to mount a small file system')
    }
    try {
      const store = fileStore(join(dir, 'run'))
      await store.write(checkpoint(1, 4000))
      let failures = 0
      // The second checkpoint does not fit; fillers leave from nothing to a few pages free.
      for (let pages = 0; pages < 12; pages++) {
        const filler = join(dir, 'filler')
        await writeFile(filler, new Uint8Array(pages * 4096)).catch(() => undefined)
        const outcome = await store.write(checkpoint(2 + pages, 4000)).catch((error: unknown) => error)
        if (outcome instanceof Error) {
          failures++
          expect(outcome).toEqual(coded('CHECKPOINT_WRITE', 'disk is full'))
        }
        const { manifest, tensors } = (await store.read())!
        expect(tensors).toEqual(checkpoint(manifest.step as number, 4000).tensors)
        await rm(filler, { force: true })
      }
      expect(failures).toBeGreaterThan(0)
      await store.write(checkpoint(99, 4000))
      expect(await store.read()).toEqual(checkpoint(99, 4000))
    } finally {
      execFileSync(unmount, [dir])
    }
  })

  it('where something else stands in the way names it and leaves the previous checkpoint', async () => {
    const dir = await folder()
    await writeFile(join(dir, 'file'), '')
    const store = fileStore(join(dir, 'file', 'run'))
    await expect(store.write(checkpoint(1))).rejects.toThrow(coded('CHECKPOINT_WRITE', 'file/run', 'not a folder'))
    const blocked = fileStore(join(dir, 'run'))
    await blocked.write(checkpoint(1))
    await mkdir(join(dir, 'run', 'step-2.safetensors'))
    await expect(blocked.write(checkpoint(2))).rejects.toThrow(coded('CHECKPOINT_WRITE', 'it is a folder'))
    expect(await blocked.read()).toEqual(checkpoint(1))
  })

  it.skipIf(process.platform === 'win32')('without permission leaves the previous checkpoint', async () => {
    const dir = await folder()
    const store = fileStore(dir)
    await store.write(checkpoint(1))
    await chmod(root, 0o755)
    await chmod(dir, 0o555)
    // To root nothing is forbidden: be somebody else for a moment.
    const isRoot = process.getuid?.() === 0
    if (isRoot) process.seteuid?.(65534)
    try {
      await expect(store.write(checkpoint(2))).rejects.toThrow(coded('CHECKPOINT_WRITE', dir, 'permission denied'))
    } finally {
      if (isRoot) process.seteuid?.(0)
      await chmod(dir, 0o755)
    }
    expect(await store.read()).toEqual(checkpoint(1))
  })
})

describe('a process killed while it writes', () => {
  it('leaves one whole checkpoint, at least as new as the last it finished', async () => {
    const script = join(root, 'kill.mjs')
    const conditions = ['@eos-sgd/source', ...defaultServerConditions]
    await build({
      configFile: false,
      logLevel: 'silent',
      resolve: { conditions },
      ssr: { noExternal: true, resolve: { conditions } },
      build: {
        ssr: fileURLToPath(new URL('./kill.fixture.ts', import.meta.url)),
        outDir: root,
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: 'kill.mjs' } },
      },
    })
    const dir = await folder()
    const store = fileStore(dir)
    let step = 1
    let interrupted = 0
    for (let round = 0; round < 5; round++) {
      const finished = await writeUntilKilled(script, dir, step, 3 * round)
      interrupted += Number((await readdir(dir)).length > 2)
      const { manifest, tensors } = (await store.read())!
      expect(manifest.step).toBeGreaterThanOrEqual(finished)
      expect(tensors.w ?? tensors.data).toBeDefined()
      expect((tensors.data!.data as Float32Array).every((value) => value === manifest.step)).toBe(true)
      step = (manifest.step as number) + 1
    }
    expect(interrupted).toBeGreaterThan(0)
    await store.write(checkpoint(step))
    expect(await readdir(dir)).toEqual(['manifest.json', `step-${step}.safetensors`])
  })
})

/** Starts the writer, kills it some milliseconds after its second checkpoint, and returns the last step it reported. */
async function writeUntilKilled(script: string, dir: string, step: number, delay: number): Promise<number> {
  const child = spawn(process.execPath, [script, dir, String(step)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let armed = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (armed || output.split('\n').length < 3) return
    armed = true
    setTimeout(() => child.kill('SIGKILL'), delay)
  })
  await new Promise((resolve) => child.on('close', resolve))
  return Number(output.trim().split('\n').at(-1))
}
