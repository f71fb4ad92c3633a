#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type CommandDef, defineCommand } from 'citty'
import { main } from './command/main.ts'
import { packageFolder } from './entry-files.ts'

const { version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')) as { version: string }

const eos = defineCommand({
  meta: {
    name: 'eos',
    version,
    description: 'Trains at the edge of stability, and measures it against its ablations and baselines.',
  },
  subCommands: {
    demo: () => import('./commands/demo.ts').then((module) => module.demo),
    train: () => import('./commands/train.ts').then((module) => module.train),
    tune: () => import('./commands/tune.ts').then((module) => module.tuneCommand),
    matrix: () => import('./commands/matrix.ts').then((module) => module.matrix),
    report: () => import('./commands/report.ts').then((module) => module.report),
    data: () => import('./commands/data.ts').then((module) => module.data),
    doctor: () => import('./commands/doctor.ts').then((module) => module.doctor),
  },
})

// A reader that has seen enough (`eos report | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await main(eos as CommandDef, process.argv.slice(2))
