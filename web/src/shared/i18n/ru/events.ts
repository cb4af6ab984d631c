import type { Translated } from '..'
import type en from '../en/events'

export default {} satisfies Translated<typeof en>
