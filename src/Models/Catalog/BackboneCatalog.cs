using System.Reflection;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Models.Text;

namespace MLTransfer.Models.Catalog;

/// <summary>Where backbones are found.</summary>
/// <remarks>
/// In this order: the folders of <see cref="BackboneOptions.Folders"/>, those of the environment variable MLTRANSFER_MODELS (separated as PATH is),
/// the folder <c>onnx-models</c> in the current folder or above it, the same above the program, and the user's cache. The cards of well-known
/// backbones are part of the library, so that a name is known also where its files are not.
/// </remarks>
public static class BackboneCatalog
{
    private const string CardName = "card.json";
    private const string FolderName = "onnx-models";

    /// <summary>The user's own folder of backbones, where downloads go.</summary>
    public static string CacheFolder { get; } = UserCache.Folder("backbones");

    /// <summary>Every backbone that can be named, by name; whether its files are there is told by <see cref="IsInstalled"/>.</summary>
    /// <param name="folders">Further folders to search first.</param>
    public static IReadOnlyList<Backbone> List(IReadOnlyList<string>? folders = null)
    {
        Dictionary<string, Backbone> found = new(StringComparer.OrdinalIgnoreCase);
        foreach (string root in Roots(folders ?? []))
        {
            foreach (string card in Directory.EnumerateFiles(root, CardName, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
                .Order(StringComparer.Ordinal))
            {
                Backbone backbone = FromCard(card);
                if (!found.TryGetValue(backbone.Card.Name, out Backbone? other) || (!IsInstalled(other) && IsInstalled(backbone)))
                {
                    found[backbone.Card.Name] = backbone;
                }
            }
        }

        foreach (Backbone known in KnownCards())
        {
            found.TryAdd(known.Card.Name, known);
        }

        return [.. found.Values.OrderBy(static backbone => backbone.Card.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Whether all files of a backbone are there.</summary>
    public static bool IsInstalled(Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        return BackboneFiles.Needed(backbone).All(file => File.Exists(Path.Combine(backbone.Directory, file.Name)));
    }

    /// <summary>Finds a backbone by name, folder or file; its files may be missing.</summary>
    internal static Backbone Find(string nameOrPath, BackboneOptions options)
    {
        if (string.IsNullOrWhiteSpace(nameOrPath))
        {
            throw new UserException("No backbone is named. Expected a name of the catalog, a folder with a card.json, or an .onnx file.");
        }

        if (File.Exists(nameOrPath))
        {
            return Path.GetFileName(nameOrPath) == CardName
                ? WithOptions(FromCard(nameOrPath), options)
                : CardFromGraph.Create(Path.GetFullPath(nameOrPath), options);
        }

        if (Directory.Exists(nameOrPath))
        {
            string card = Path.Combine(nameOrPath, CardName);
            if (File.Exists(card))
            {
                return WithOptions(FromCard(card), options);
            }

            string[] graphs = Directory.GetFiles(nameOrPath, "*.onnx");
            return graphs.Length == 1
                ? CardFromGraph.Create(Path.GetFullPath(graphs[0]), options)
                : throw new UserException(
                    $"The folder {nameOrPath} has no {CardName}, and {graphs.Length} .onnx files. Expected a {CardName}, or exactly one .onnx file; or name the file.");
        }

        IReadOnlyList<Backbone> all = List(options.Folders);
        if (all.FirstOrDefault(backbone => backbone.Card.Name.Equals(nameOrPath, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return WithOptions(found, options);
        }

        string[] names = [.. all.Select(static backbone => backbone.Card.Name)];
        string hint = EditDistance.Nearest(nameOrPath, names) is { } nearest ? $" Did you mean '{nearest}'?" : string.Empty;
        string looked = string.Join(", ", Roots(options.Folders).DefaultIfEmpty("no folder: none exists"));
        throw new UserException(
            $"There is no backbone '{nameOrPath}': no file, no folder, and no name of the catalog.{hint} Known names: {string.Join(", ", names)}. Searched: {looked}.");
    }

    private static Backbone FromCard(string path)
    {
        BackboneCard card = StrictJson.Read<BackboneCard>(path);
        if ((card.Modality == Modality.Image && card.Image is null) || (card.Modality == Modality.Text && card.Text is null))
        {
            string field = card.Modality == Modality.Image ? "image" : "text";
            throw new UserException($"{path}: a card of modality '{field}' needs the field '{field}' (its preprocessing).");
        }

        return new Backbone(card, Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static Backbone WithOptions(Backbone backbone, BackboneOptions options) => new(
        backbone.Card with
        {
            Modality = options.Modality ?? backbone.Card.Modality,
            Image = options.Image ?? backbone.Card.Image,
            Text = options.Text ?? backbone.Card.Text,
            Feature = options.Feature ?? backbone.Card.Feature,
        },
        backbone.Directory);

    private static IEnumerable<Backbone> KnownCards()
    {
        Assembly assembly = typeof(BackboneCatalog).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(static name => name.EndsWith(CardName, StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            BackboneCard card = StrictJson.Parse<BackboneCard>(bytes.ToArray(), resource);
            yield return new Backbone(card, Path.Combine(CacheFolder, card.Name));
        }
    }

    private static IEnumerable<string> Roots(IReadOnlyList<string> folders)
    {
        string[] environment = (Environment.GetEnvironmentVariable("MLTRANSFER_MODELS") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return folders.Concat(environment)
            .Concat(Above(Directory.GetCurrentDirectory())).Concat(Above(AppContext.BaseDirectory))
            .Append(CacheFolder)
            .Where(Directory.Exists)
            .Select(Path.GetFullPath)
            .Distinct();
    }

    private static IEnumerable<string> Above(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, FolderName);
        }
    }
}
