import type { Translated } from '..'
import type en from '../en/home'

export default {} satisfies Translated<typeof en>
