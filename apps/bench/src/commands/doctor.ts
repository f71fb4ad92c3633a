import { type Check, doctorFacts } from '@eos-sgd/ort'
import { defineCommand } from 'citty'
import { printData, printJson } from './output.ts'

const mark: Readonly<Record<Check['status'], string>> = { ok: 'ok', warning: 'warning', error: 'BROKEN' }

const text = ({ id, status, found, meaning, action }: Check): string =>
  [
    `${mark[status].padEnd(8)} ${id.padEnd(10)} ${found}`,
    `${' '.repeat(20)}${meaning}`,
    ...(action === undefined ? [] : [`${' '.repeat(20)}To do: ${action}`]),
  ].join('\n')

export const doctor = defineCommand({
  meta: { name: 'doctor', description: 'Says in words whether this machine can train, and which fallback is used.' },
  args: { json: { type: 'boolean', description: 'Print the checks as JSON' } },
  run({ args }) {
    const facts = doctorFacts()
    const broken = facts.checks.filter(({ status }) => status === 'error')
    if (args.json) printJson(facts)
    else
      printData(
        [
          ...facts.checks.map(text),
          facts.engine === null
            ? 'Training does not work on this machine: see what is BROKEN above.'
            : broken.length > 0
              ? 'Training works, but something is broken: see above.'
              : 'Everything that training needs is here.',
        ].join('\n'),
      )
    return facts.engine === null || broken.length > 0 ? 1 : 0
  },
})
