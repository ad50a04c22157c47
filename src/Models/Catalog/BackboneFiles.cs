using System.Collections.Concurrent;
using System.Security.Cryptography;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Models.Catalog;

/// <summary>The files of a backbone: which there are, whether they are the card's, and where missing ones come from.</summary>
internal static class BackboneFiles
{
    // A file is hashed once a process, as long as it does not change.
    private static readonly ConcurrentDictionary<(string Path, long Length, DateTime Written), string> Hashes = new();

    /// <summary>Every file that the card names.</summary>
    public static IEnumerable<CardDownload> Needed(Backbone backbone)
    {
        BackboneCard card = backbone.Card;
        yield return new CardDownload { Name = card.Model, Address = card.Address, Sha256 = card.Sha256 };
        foreach (CardDownload file in card.Files)
        {
            yield return file;
        }

        HashSet<string> listed = [.. card.Files.Select(static file => file.Name)];
        foreach (string? name in new[] { card.Text?.Tokenizer.Vocabulary, card.Text?.Tokenizer.Merges })
        {
            if (name is not null && listed.Add(name))
            {
                yield return new CardDownload { Name = name };
            }
        }
    }

    /// <summary>Makes sure that every file is there and has the SHA-256 of the card.</summary>
    /// <exception cref="UserException">A file is missing and may not or cannot be downloaded, or is not the card's.</exception>
    public static async Task EnsureAsync(
        Backbone backbone, BackboneOptions options, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        foreach (CardDownload file in Needed(backbone))
        {
            string path = Path.GetFullPath(Path.Combine(backbone.Directory, file.Name));
            if (!File.Exists(path))
            {
                await FetchAsync(backbone, file, path, options, progress, cancellationToken).ConfigureAwait(false);
            }
            else if (file.Sha256 is not null && Sha256(path) is var actual && actual != file.Sha256)
            {
                throw new UserException(
                    $"{path} is not the file of backbone '{backbone.Card.Name}': its SHA-256 is {actual}, the card says {file.Sha256}. "
                    + "Delete it and get it again; if you changed the model on purpose, change the card.");
            }
        }
    }

    /// <summary>SHA-256 of a file in lower-case hexadecimal.</summary>
    public static string Sha256(string path)
    {
        var info = new FileInfo(path);
        return Hashes.GetOrAdd((info.FullName, info.Length, info.LastWriteTimeUtc), static key =>
        {
            using FileStream stream = File.OpenRead(key.Path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        });
    }

    /// <summary>
    /// SHA-256 over all that the network's numbers depend on: the graph, the files of its external data, the tokenizer's files. Two backbones
    /// with the same fingerprint compute the same from the same token ids or pixels.
    /// </summary>
    /// <param name="backbone">The backbone.</param>
    /// <param name="model">What its graph file holds.</param>
    /// <returns>A function that reads the files; it does not hold the model.</returns>
    /// <exception cref="UserException">A file is missing.</exception>
    public static Func<string> Fingerprint(Backbone backbone, OnnxModel model)
    {
        IEnumerable<string> external = model.Proto.Graph.Initializer
            .Where(ExternalData.IsExternal)
            .Select(tensor => ExternalData.Locate(tensor, model.Directory).Path)
            .Distinct(StringComparer.Ordinal);
        IEnumerable<string> named = Needed(backbone).Select(file => Path.GetFullPath(Path.Combine(backbone.Directory, file.Name)));
        string[] files = [.. named.Concat(external).Distinct(StringComparer.Ordinal)];
        return () => Fingerprint(files);
    }

    private static string Fingerprint(string[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in files)
        {
            hash.AppendData(Convert.FromHexString(Sha256(path)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task FetchAsync(
        Backbone backbone, CardDownload file, string path, BackboneOptions options, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        string missing = $"The file {path} of backbone '{backbone.Card.Name}' is missing.";
        if (file.Address is null)
        {
            throw new UserException($"{missing} Put it there; docs/backbones.md tells how to export it.");
        }

        if (!options.Download)
        {
            throw new UserException(
                $"{missing} It can be downloaded from {file.Address}: allow it (in code BackboneOptions.Download, on the command line `backbones --download {backbone.Card.Name}`), or put the file there.");
        }

        if (file.Sha256 is null && !options.AllowUnverified)
        {
            throw new UserException(
                $"{missing} Nobody has verified a SHA-256 of {file.Address}, so what comes could be anything. Allow it (in code BackboneOptions.AllowUnverified, on the command line --allow-unverified), or put the file there.");
        }

        using FileDownload download = new();
        await download.RunAsync(file.Address, path, file.Sha256, progress, cancellationToken).ConfigureAwait(false);
    }
}
