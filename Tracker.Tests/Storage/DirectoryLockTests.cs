using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.Storage;

public sealed class DirectoryLockTests
{
    private readonly TempDirectory _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void One_has_it_until_it_is_given_back()
    {
        var path = DirectoryLock.ProxyLock(_folder.File("data"));
        Assert.That(DirectoryLock.IsHeld(path), Is.False);

        using (var first = DirectoryLock.TryTake(path))
        {
            Assert.That(first, Is.Not.Null);
            Assert.That(DirectoryLock.TryTake(path), Is.Null);
            Assert.That(DirectoryLock.IsHeld(path), Is.True);
        }

        Assert.That(DirectoryLock.IsHeld(path), Is.False);
        using var second = DirectoryLock.TryTake(path);
        Assert.That(second, Is.Not.Null);
    }

    [Test]
    public void File_of_a_lock_that_nobody_holds_means_nothing()
    {
        File.WriteAllText(DirectoryLock.ImporterLock(_folder.Path), "left by a killed process");

        using var taken = DirectoryLock.TryTake(DirectoryLock.ImporterLock(_folder.Path));

        Assert.That(taken, Is.Not.Null);
    }

    [Test]
    public void Proxy_and_importer_have_a_lock_each()
    {
        using var proxy = DirectoryLock.TryTake(DirectoryLock.ProxyLock(_folder.Path));
        using var importer = DirectoryLock.TryTake(DirectoryLock.ImporterLock(_folder.Path));

        Assert.That((proxy, importer), Is.Not.EqualTo(((DirectoryLock?)null, (DirectoryLock?)null)));
        Assert.That(importer, Is.Not.Null);
    }
}
