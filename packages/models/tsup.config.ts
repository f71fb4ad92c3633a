import { packageBuild } from '../../tools/tsup.ts'

export default packageBuild({ entries: ['index', 'node'] })
