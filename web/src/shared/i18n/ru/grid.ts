import type { Translated } from '..'
import type en from '../en/grid'

export default {} satisfies Translated<typeof en>
