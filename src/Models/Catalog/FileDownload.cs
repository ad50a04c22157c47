using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using MLTransfer.Models.Errors;
using Polly;
using Polly.Retry;

namespace MLTransfer.Models.Catalog;

/// <summary>
/// Downloads one file by HTTPS: in parts that a later attempt continues, with retries, checked by SHA-256, and under its name only when complete.
/// </summary>
/// <param name="handler">The transport; null for the usual one.</param>
/// <param name="retryDelay">Pause before the first retry; it doubles with each. The default value is one second.</param>
internal sealed class FileDownload(HttpMessageHandler? handler = null, TimeSpan? retryDelay = null) : IDisposable
{
    private const int Attempts = 5;

    private readonly HttpClient _client = new(handler ?? new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(20) })
    {
        // A large file takes as long as it takes; a stalled one is noticed by the read timeout below.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Downloads the file.</summary>
    /// <param name="address">Its HTTPS address; plain HTTP is accepted on this machine only (loopback).</param>
    /// <param name="path">Where it goes.</param>
    /// <param name="sha256">The expected hash; null: not checked.</param>
    /// <param name="progress">Told of each part.</param>
    /// <param name="cancellationToken">Ends the download; the part that came is kept.</param>
    /// <exception cref="UserException">The address is not HTTPS, cannot be reached, or gives another file.</exception>
    public async Task RunAsync(Uri address, string path, string? sha256, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (!IsAllowed(address))
        {
            throw new UserException($"{address} is not an HTTPS address; nothing was downloaded.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string part = path + ".part";
        using FileStream gate = await LockAsync(path + ".lock", cancellationToken).ConfigureAwait(false);
        if (File.Exists(path))
        {
            return; // Another process finished while this one waited.
        }

        ResiliencePipeline retry = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>(static e => IsTransient(e.StatusCode)).Handle<IOException>(IsNetwork),
                MaxRetryAttempts = Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = retryDelay ?? TimeSpan.FromSeconds(1),
            })
            .Build();
        try
        {
            await retry.ExecuteAsync(async token => await PartAsync(address, part, progress, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException && (exception is not IOException io || IsNetwork(io)))
        {
            throw new UserException(
                $"{address} could not be downloaded ({exception.Message.TrimEnd('.')}). Without a network, get the file elsewhere and put it at {path}"
                + (sha256 is null ? "." : $" (SHA-256 {sha256})."),
                exception);
        }

        if (sha256 is not null)
        {
            string actual;
            await using (FileStream stream = File.OpenRead(part))
            {
                actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            }

            if (actual != sha256)
            {
                Discard(part);
                throw new UserException(
                    $"{address} gave a file whose SHA-256 is {actual}; the card says {sha256}. It was deleted. The file at that address changed, or the connection is not to be trusted.");
            }
        }

        File.Move(part, path, overwrite: true);
        File.Delete(part + ".etag");
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Whether an address may be downloaded from: HTTPS, or plain HTTP on this machine (loopback), where nobody is on the way.</summary>
    public static bool IsAllowed(Uri address) =>
        address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttps || (address.IsLoopback && address.Scheme == Uri.UriSchemeHttp));

    private async Task PartAsync(Uri address, string part, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        string etagFile = part + ".etag";
        long done = File.Exists(part) && File.Exists(etagFile) ? new FileInfo(part).Length : 0;
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        if (done > 0 && EntityTagHeaderValue.TryParse(await File.ReadAllTextAsync(etagFile, cancellationToken).ConfigureAwait(false), out EntityTagHeaderValue? etag) && !etag.IsWeak)
        {
            // Continued only if the file is still the same one; otherwise the server sends it whole.
            request.Headers.Range = new RangeHeaderValue(done, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(etag);
        }

        using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Discard(part);
            throw new HttpRequestException("The server does not have the rest of the file; starting again.", null, HttpStatusCode.RequestTimeout);
        }

        response.EnsureSuccessStatusCode();
        bool continued = response.StatusCode == HttpStatusCode.PartialContent;
        if (continued && response.Content.Headers.ContentRange?.From != done)
        {
            Discard(part);
            throw new HttpRequestException("The server sent another part of the file than it was asked for; starting again.", null, HttpStatusCode.RequestTimeout);
        }

        done = continued ? done : 0;
        if (!continued)
        {
            File.Delete(etagFile);
        }

        long? total = response.Content.Headers.ContentLength is long rest ? done + rest : null;
        await using FileStream file = new(part, continued ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None);
        if (!continued && response.Headers.ETag is { IsWeak: false } tag)
        {
            await File.WriteAllTextAsync(etagFile, tag.ToString(), cancellationToken).ConfigureAwait(false);
        }

        await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] buffer = new byte[1 << 17];
        while (true)
        {
            int read = await ReadAsync(body, buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            done += read;
            progress?.Report(new DownloadProgress(Path.GetFileNameWithoutExtension(part), done, total));
        }

        if (total is not null && done != total)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, $"{done:N0} of {total:N0} bytes came.");
        }

        file.Flush(flushToDisk: true);
    }

    private static async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ReadTimeout);
        try
        {
            return await body.ReadAsync(buffer, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, $"Nothing came for {ReadTimeout.TotalSeconds:0} seconds.", exception);
        }
    }

    /// <summary>One process downloads a file; the others wait for it. The lock is the operating system's, so a dead process holds none.</summary>
    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        // The holder deletes the file as it lets go: it may be gone when one looks why it could not be opened.
        int vanished = 0;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (File.Exists(path) || ++vanished < 10)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static void Discard(string part)
    {
        File.Delete(part);
        File.Delete(part + ".etag");
    }

    private static bool IsTransient(HttpStatusCode? status) =>
        status is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    /// <summary>A full disk is an IOException too, but no reason to try again.</summary>
    private static bool IsNetwork(IOException exception) => exception is HttpIOException || exception.InnerException is System.Net.Sockets.SocketException;
}
