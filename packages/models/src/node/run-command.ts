import { execFile } from 'node:child_process'

/** How a command ended; `reason` is the last line it wrote about an error. */
export interface CommandResult {
  readonly code: number
  readonly reason: string
}

/** Runs a program in a folder; resolves however it ends, also when there is no such program. */
export type RunCommand = (command: string, args: readonly string[], folder: string) => Promise<CommandResult>

export const runCommand: RunCommand = (command, args, folder) =>
  new Promise((resolve) => {
    execFile(command, args, { cwd: folder, env: { ...process.env, LC_ALL: 'C' } }, (error, stdout, stderr) => {
      if (!error) return resolve({ code: 0, reason: '' })
      if (error.code === 'ENOENT') return resolve({ code: 127, reason: `there is no program ${command}` })
      const last = `${stdout}\n${stderr}`
        .trim()
        .split('\n')
        .findLast((line) => line.trim() !== '')
      resolve({ code: typeof error.code === 'number' ? error.code : 1, reason: last ?? error.message })
    })
  })
