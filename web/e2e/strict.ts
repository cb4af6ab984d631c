import type { FullResult, Reporter, Suite, TestCase } from '@playwright/test/reporter'

/** A run in which a test was skipped, or passed only when it was repeated, has not passed. */
export default class Strict implements Reporter {
  private tests: TestCase[] = []

  onBegin(_config: unknown, suite: Suite): void {
    this.tests = suite.allTests()
  }

  async onEnd(result: FullResult): Promise<{ status?: FullResult['status'] }> {
    const doubtful = this.tests.filter((test) => ['skipped', 'flaky'].includes(test.outcome()))
    if (result.status !== 'passed' || doubtful.length === 0) return {}
    for (const test of doubtful) console.log(`${test.outcome()}: ${test.titlePath().join(' › ')}`)
    console.log(`${doubtful.length} skipped or flaky: that is a failure`)
    return { status: 'failed' }
  }
}
