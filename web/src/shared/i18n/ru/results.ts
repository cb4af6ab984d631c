import type { Translated } from '..'
import type en from '../en/results'

export default {} satisfies Translated<typeof en>
