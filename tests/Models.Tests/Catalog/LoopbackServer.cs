using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace MLTransfer.Models.Tests.Catalog;

/// <summary>An HTTP/1.1 server of one file on this machine, over real sockets: it can break off, and it knows ranges and entity tags.</summary>
internal sealed partial class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _content;
    private readonly Queue<int> _breakAfter;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    /// <param name="content">The file.</param>
    /// <param name="breakAfter">After how many bytes each of the first answers breaks off.</param>
    public LoopbackServer(byte[] content, params int[] breakAfter)
    {
        _content = content;
        _breakAfter = new Queue<int>(breakAfter);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/model.onnx");

    /// <summary>The first byte that each request asked for.</summary>
    public List<int> Starts { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                await AnswerAsync(socket);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        StringBuilder request = new();
        byte[] buffer = new byte[4096];
        while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await socket.ReceiveAsync(buffer, _stop.Token);
            if (read == 0)
            {
                return;
            }

            request.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        bool same = request.ToString().Contains("If-Range: \"v1\"", StringComparison.Ordinal);
        Match range = Range().Match(request.ToString());
        int start = same && range.Success ? int.Parse(range.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
        Starts.Add(start);
        string status = start > 0 ? $"206 Partial Content\r\nContent-Range: bytes {start}-{_content.Length - 1}/{_content.Length}" : "200 OK";
        string head = $"HTTP/1.1 {status}\r\nContent-Length: {_content.Length - start}\r\nETag: \"v1\"\r\nConnection: close\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(head), _stop.Token);
        int end = _breakAfter.TryDequeue(out int after) ? Math.Min(start + after, _content.Length) : _content.Length;
        for (int sent = start; sent < end;)
        {
            sent += await socket.SendAsync(_content.AsMemory(sent, Math.Min(1 << 16, end - sent)), _stop.Token);
        }

        socket.Shutdown(SocketShutdown.Both);
    }

    [GeneratedRegex("Range: bytes=([0-9]+)-")]
    private static partial Regex Range();
}
