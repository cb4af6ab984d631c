import type { Translated } from '..'
import type en from '../en/poll'

export default {} satisfies Translated<typeof en>
