import type { Translated } from '..'
import type en from '../en/create'

export default {} satisfies Translated<typeof en>
