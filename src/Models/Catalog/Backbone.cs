namespace MLTransfer.Models.Catalog;

/// <summary>A pretrained network: an ONNX file and its card.</summary>
public sealed class Backbone
{
    internal Backbone(BackboneCard card, string directory)
    {
        Card = card;
        Directory = directory;
    }

    /// <summary>How to feed the network, and which tensor is the feature.</summary>
    public BackboneCard Card { get; }

    /// <summary>The folder that relative names of the card are relative to.</summary>
    public string Directory { get; }

    /// <summary>Full path of the ONNX file.</summary>
    public string ModelPath => Path.GetFullPath(Path.Combine(Directory, Card.Model));

    /// <summary>Finds a backbone and checks that its files are there.</summary>
    /// <param name="nameOrPath">A name of the catalog (<c>efficientnet-lite0</c>), a folder with a <c>card.json</c>, or an <c>.onnx</c> file.</param>
    /// <param name="options">What differs from the card; null: nothing.</param>
    /// <exception cref="Errors.UserException">
    /// Nothing of that name is found, a file is missing, its SHA-256 is not the card's, or the card cannot be derived from the graph.
    /// </exception>
    public static Backbone Load(string nameOrPath, BackboneOptions? options = null) =>
        LoadAsync(nameOrPath, options).GetAwaiter().GetResult();

    /// <summary>Finds a backbone; downloads what is missing where <see cref="BackboneOptions.Download"/> allows it.</summary>
    /// <param name="nameOrPath">A name of the catalog, a folder with a <c>card.json</c>, or an <c>.onnx</c> file.</param>
    /// <param name="options">What differs from the card; null: nothing.</param>
    /// <param name="progress">Told of each downloaded part.</param>
    /// <param name="cancellationToken">Ends a download; the part that came is kept for a later attempt.</param>
    /// <exception cref="Errors.UserException">See <see cref="Load"/>.</exception>
    public static async Task<Backbone> LoadAsync(
        string nameOrPath,
        BackboneOptions? options = null,
        IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new BackboneOptions();
        Backbone backbone = BackboneCatalog.Find(nameOrPath, options);
        await BackboneFiles.EnsureAsync(backbone, options, progress, cancellationToken).ConfigureAwait(false);
        return backbone;
    }

    /// <summary>The same backbone with texts cut at another length.</summary>
    /// <param name="length">Longest text in tokens; null: the card's. It has no meaning for images.</param>
    internal Backbone WithMaximumLength(int? length) =>
        length is { } maximum && Card.Text is { } text
            ? new Backbone(Card with { Text = text with { MaximumLength = maximum } }, Directory)
            : this;
}
