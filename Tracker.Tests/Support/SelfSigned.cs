using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tracker.Tests.Support;

/// <summary>A certificate for 127.0.0.1, and how a process is told to trust it.</summary>
internal static class SelfSigned
{
    public static X509Certificate2 Create()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null); // The form that every system's TLS takes.
    }

    /// <summary>The environment of a process that trusts it.</summary>
    public static async Task<Dictionary<string, string>> TrustAsync(X509Certificate2 certificate, string folder, CancellationToken cancellationToken)
    {
        var trusted = Path.Combine(folder, "trusted.pem");
        await File.WriteAllTextAsync(trusted, certificate.ExportCertificatePem(), cancellationToken);
        return new Dictionary<string, string> { ["SSL_CERT_FILE"] = trusted };
    }

    public static void RequireTrust()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Only on Linux can one process be told to trust a certificate (SSL_CERT_FILE).");
        }
    }
}
