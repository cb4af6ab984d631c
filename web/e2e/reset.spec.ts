/** The page that the mail about a forgotten password leads to. */
import en from '../src/shared/i18n/en/home'
import ru from '../src/shared/i18n/ru/home'
import { expect, test } from './commontime'

const words = (locale: string | undefined) => (locale?.startsWith('ru') ? ru : en)

test('two passwords that differ are not sent', async ({ page, locale }) => {
  const w = words(locale)
  await page.goto('/reset-password#ct_rst_wrong')
  await expect(page).not.toHaveURL(/ct_rst/)
  await page.getByLabel(w.resetPassword, { exact: true }).fill('a long sentence, easily typed')
  await page.getByLabel(w.resetAgain).fill('another')
  await page.getByRole('button', { name: w.resetSave }).click()
  await expect(page.getByText(w.resetDiffers)).toBeVisible()
  await expect(page.getByLabel(w.resetAgain)).toBeFocused()
})

test('a link that is no longer good is told of', async ({ page, locale }) => {
  const w = words(locale)
  await page.goto('/reset-password#ct_rst_wrong')
  for (const label of [w.resetPassword, w.resetAgain])
    await page.getByLabel(label, { exact: true }).fill('a long sentence, easily typed')
  await page.getByRole('button', { name: w.resetShow }).click()
  await expect(page.getByLabel(w.resetAgain)).toHaveAttribute('type', 'text')
  await page.getByRole('button', { name: w.resetSave }).click()
  await expect(page.getByText(w.resetBadLink)).toBeVisible()
})

test('a password that is too short is told beside its field', async ({ page, locale }) => {
  const w = words(locale)
  await page.goto('/reset-password#ct_rst_wrong')
  for (const label of [w.resetPassword, w.resetAgain])
    await page.getByLabel(label, { exact: true }).fill('short')
  await page.getByRole('button', { name: w.resetSave }).click()
  await expect(page.getByText(w.resetTooShort)).toBeVisible()
})

test('a link without its token says so', async ({ page, locale }) => {
  const w = words(locale)
  await page.goto('/reset-password')
  await expect(page.getByText(w.resetNoToken)).toBeVisible()
})
