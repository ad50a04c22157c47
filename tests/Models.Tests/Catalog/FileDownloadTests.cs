using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Tests.Catalog;

public sealed class FileDownloadTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * 7))];
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Content));
    private static readonly Uri Address = new("https://example.invalid/model.onnx");

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-download-").FullName;

    private string Target => Path.Combine(_folder, "model.onnx");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task RunAsync_InterruptedTwice_ContinuesWhereItStopped()
    {
        Server server = new() { BreakAfter = new([40_000, 30_000]) };

        await Run(server, Hash);

        Assert.Equal(Content, await File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
        Assert.Equal([0, 40_000, 70_000], server.Starts);
        Assert.Equal([Target], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task RunAsync_ServerIgnoresRanges_StartsAgain()
    {
        Server server = new() { BreakAfter = new([40_000]), Ranges = false };

        await Run(server, Hash);

        Assert.Equal(Content, await File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task RunAsync_FileChangedMeanwhile_StartsAgain()
    {
        await File.WriteAllBytesAsync(Target + ".part", new byte[500], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Target + ".part.etag", "\"old\"", TestContext.Current.CancellationToken);

        await Run(new Server(), Hash);

        Assert.Equal(Content, await File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task RunAsync_WrongHash_LeavesNothing()
    {
        UserException exception = await Assert.ThrowsAsync<UserException>(() => Run(new Server(), new string('0', 64)));

        Assert.Contains(Hash, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task RunAsync_NotFound_IsNotRetried()
    {
        Server server = new() { Status = HttpStatusCode.NotFound };

        UserException exception = await Assert.ThrowsAsync<UserException>(() => Run(server, Hash));

        Assert.Single(server.Starts);
        Assert.Contains(Target, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoNetwork_SaysWhereToPutTheFile()
    {
        Server server = new() { Status = HttpStatusCode.ServiceUnavailable };

        UserException exception = await Assert.ThrowsAsync<UserException>(() => Run(server, Hash));

        Assert.Equal(5, server.Starts.Count);
        Assert.Contains(Target, exception.Message, StringComparison.Ordinal);
        Assert.Contains(Hash, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Cancelled_KeepsThePartForLater()
    {
        using CancellationTokenSource cancel = new();
        Progress progress = new(done =>
        {
            if (done > 50_000)
            {
                cancel.Cancel();
            }
        });
        using FileDownload download = new(new Server { Chunk = 10_000 }, TimeSpan.Zero);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download.RunAsync(Address, Target, Hash, progress, cancel.Token));

        Assert.False(File.Exists(Target));
        Assert.InRange(new FileInfo(Target + ".part").Length, 50_000, 99_999);
    }

    [Fact]
    public async Task RunAsync_PlainHttp_IsRefused()
    {
        using FileDownload download = new(new Server(), TimeSpan.Zero);

        await Assert.ThrowsAsync<UserException>(() =>
            download.RunAsync(new Uri("http://example.invalid/model.onnx"), Target, Hash, null, TestContext.Current.CancellationToken));
    }

    private async Task Run(Server server, string hash)
    {
        using FileDownload download = new(server, TimeSpan.FromMilliseconds(1));
        await download.RunAsync(Address, Target, hash, null, TestContext.Current.CancellationToken);
    }

    private sealed class Progress(Action<long> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value.BytesDone);
    }

    /// <summary>A server that can break off, ignore ranges or refuse.</summary>
    private sealed class Server : HttpMessageHandler
    {
        private readonly Lock _gate = new();

        public Queue<int> BreakAfter { get; init; } = new();

        public bool Ranges { get; init; } = true;

        public HttpStatusCode Status { get; init; } = HttpStatusCode.OK;

        public int Chunk { get; init; } = int.MaxValue;

        public List<long> Starts { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                bool same = request.Headers.IfRange?.EntityTag?.Tag == "\"v1\"";
                int start = Ranges && same ? (int)(request.Headers.Range?.Ranges.First().From ?? 0) : 0;
                Starts.Add(start);
                HttpResponseMessage response = new(Status == HttpStatusCode.OK && start > 0 ? HttpStatusCode.PartialContent : Status);
                if (Status == HttpStatusCode.OK)
                {
                    int end = BreakAfter.TryDequeue(out int after) ? start + after : Content.Length;
                    response.Headers.ETag = new EntityTagHeaderValue("\"v1\"");
                    response.Content = new StreamContent(new Breaking(Content[start..end], end < Content.Length, Chunk));
                    response.Content.Headers.ContentLength = Content.Length - start;
                    if (start > 0)
                    {
                        response.Content.Headers.ContentRange = new ContentRangeHeaderValue(start, Content.Length - 1, Content.Length);
                    }
                }

                return Task.FromResult(response);
            }
        }
    }

    private sealed class Breaking(byte[] bytes, bool breaks, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = Read(buffer.Span[..Math.Min(buffer.Length, chunk)]);
            return read == 0 && breaks ? throw new HttpIOException(HttpRequestError.ResponseEnded) : ValueTask.FromResult(read);
        }
    }
}
