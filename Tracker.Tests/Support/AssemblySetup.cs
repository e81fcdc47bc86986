// Tests share nothing but the pool of connections that only read, which some empty (TrackerConnectionFactory.Forget): none may count on one that is not in use. So they may run beside
// each other; every fixture gets an instance of its own for each test.
[assembly: NUnit.Framework.Parallelizable(NUnit.Framework.ParallelScope.All)]
[assembly: NUnit.Framework.FixtureLifeCycle(NUnit.Framework.LifeCycle.InstancePerTestCase)]
