import type { FullResult, Reporter, Suite, TestCase } from '@playwright/test/reporter'

/**
 * A run in which a test was skipped has not passed. One that passed only when it was repeated is
 * told: it is repeated where `CI` is set and nowhere else, so whoever wrote it meets it first.
 */
export default class Strict implements Reporter {
  private tests: TestCase[] = []

  onBegin(_config: unknown, suite: Suite): void {
    this.tests = suite.allTests()
  }

  async onEnd(result: FullResult): Promise<{ status?: FullResult['status'] }> {
    this.tell('flaky')
    const skipped = this.tell('skipped')
    return result.status === 'passed' && skipped > 0 ? { status: 'failed' } : {}
  }

  private tell(outcome: 'skipped' | 'flaky'): number {
    const told = this.tests.filter((test) => test.outcome() === outcome)
    for (const test of told) console.log(`${outcome}: ${test.titlePath().join(' › ')}`)
    return told.length
  }
}
