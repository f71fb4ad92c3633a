import { packageBuild } from '../../tools/tsup.ts'

export default packageBuild({ entries: ['index', 'cli', 'cell'] })
