using System.Security.Cryptography;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Tests.Catalog;

/// <summary>Downloads of whole backbones over real sockets; the finer cases are in <see cref="FileDownloadTests"/>.</summary>
public sealed class BackboneDownloadTests : IDisposable
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(3_000_000);
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Content));

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-backbone-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task LoadAsync_ConnectionBreaksMidway_ContinuesAndVerifies()
    {
        await using LoopbackServer server = new(Content, breakAfter: 1_000_000);
        WriteCard(server.Address, Hash);
        Reports progress = new();

        Backbone backbone = await Backbone.LoadAsync(_folder, new BackboneOptions { Download = true }, progress, TestContext.Current.CancellationToken);

        Assert.Equal(Content, await File.ReadAllBytesAsync(backbone.ModelPath, TestContext.Current.CancellationToken));
        Assert.Equal(["card.json", "model.onnx"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
        Assert.Equal(2, server.Starts.Count);
        Assert.Equal(0, server.Starts[0]);
        Assert.InRange(server.Starts[1], 1, 1_000_000);
        Assert.Equal(new DownloadProgress("model.onnx", Content.Length, Content.Length), progress.All[^1]);
        Assert.Equal(progress.All.Select(static report => report.BytesDone).Order(), progress.All.Select(static report => report.BytesDone));
    }

    [Fact]
    public async Task LoadAsync_AnotherFileThanTheCards_IsDeletedAndBothHashesNamed()
    {
        await using LoopbackServer server = new(Content);
        string expected = new('a', 64);
        WriteCard(server.Address, expected);

        UserException exception = await Assert.ThrowsAsync<UserException>(() =>
            Backbone.LoadAsync(_folder, new BackboneOptions { Download = true }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains(Hash, exception.Message, StringComparison.Ordinal);
        Assert.Equal(["card.json"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task LoadAsync_TwoAtOnce_DownloadOnce()
    {
        await using LoopbackServer server = new(Content);
        WriteCard(server.Address, Hash);
        BackboneOptions options = new() { Download = true };

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            Backbone.LoadAsync(_folder, options, cancellationToken: TestContext.Current.CancellationToken)));

        Assert.Single(server.Starts);
    }

    [Fact]
    public async Task LoadAsync_NoHashAndConsent_Downloads()
    {
        await using LoopbackServer server = new(Content);
        WriteCard(server.Address, sha256: null);

        Backbone backbone = await Backbone.LoadAsync(
            _folder, new BackboneOptions { Download = true, AllowUnverified = true }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(Hash, BackboneFiles.Sha256(backbone.ModelPath));
    }

    private void WriteCard(Uri address, string? sha256)
    {
        string hash = sha256 is null ? string.Empty : $"\"sha256\": \"{sha256}\",";
        File.WriteAllText(
            Path.Combine(_folder, "card.json"),
            $$"""{ "name": "net", "modality": "image", "image": { }, "address": "{{address}}", {{hash}} "feature": { "tensor": "f" } }""");
    }

    private sealed class Reports : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> All { get; } = [];

        public void Report(DownloadProgress value) => All.Add(value);
    }
}
