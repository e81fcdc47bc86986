using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Tracker.Benchmarks;

/// <summary>nginx as a plain reverse proxy: connections kept, nothing buffered. Shows how much room there is above a forwarder in .NET.</summary>
internal static class Nginx
{
    /// <returns>Null where nginx is not installed.</returns>
    public static ChildProcess? TryStart(string folder, string upstream)
    {
        if (Find() is not { } program)
        {
            return null;
        }

        var port = FreePort();
        Directory.CreateDirectory(folder);
        var settings = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(settings, $$"""
            daemon off;
            worker_processes auto;
            worker_rlimit_nofile 16384;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/error.log;
            events { worker_connections 8192; }
            http {
                access_log off;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                client_max_body_size 0;
                keepalive_requests 1000000000;
                upstream api {
                    server {{upstream["http://".Length..]}};
                    keepalive 4096;
                    keepalive_requests 1000000000;
                }
                server {
                    listen 127.0.0.1:{{port}} backlog=4096;
                    location / {
                        proxy_pass http://api;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_buffering off;
                        proxy_request_buffering off;
                    }
                }
            }
            """);
        var process = Process.Start(new ProcessStartInfo(program, ["-p", folder, "-c", settings, "-e", Path.Combine(folder, "error.log")]))!;
        WaitUntilItListens(process, port);
        return new ChildProcess(process, $"http://127.0.0.1:{port}");
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin")
        .Select(directory => Path.Combine(directory, "nginx")).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private static void WaitUntilItListens(Process process, int port)
    {
        while (!process.HasExited)
        {
            try
            {
                using var probe = new TcpClient("127.0.0.1", port);
                return;
            }
            catch (SocketException)
            {
                Thread.Sleep(20);
            }
        }

        throw new InvalidOperationException("nginx did not start.");
    }
}
