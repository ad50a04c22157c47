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

    /// <summary>
    /// The user's own folder of backbones, one folder each: where files are put, or downloaded to, whose card is only part of the library.
    /// XDG_CACHE_HOME, <c>~/.cache</c> or the local application data, then <c>mltransfer/backbones</c>.
    /// </summary>
    public static string CacheFolder { get; } = UserCache.Folder("backbones");

    /// <summary>Every backbone that can be named, by name; whether its files are there is told by <see cref="IsInstalled"/>.</summary>
    /// <param name="folders">Further folders to search first; null: none.</param>
    /// <param name="onBrokenCard">Told of each card that cannot be read; null: the first one is thrown.</param>
    /// <exception cref="UserException">A card is broken, and <paramref name="onBrokenCard"/> is null.</exception>
    public static IReadOnlyList<Backbone> List(IReadOnlyList<string>? folders = null, Action<UserException>? onBrokenCard = null)
    {
        Dictionary<string, Backbone> found = new(StringComparer.OrdinalIgnoreCase);
        foreach (Backbone backbone in Roots(folders ?? []).SelectMany(root => InFolder(root, onBrokenCard)).Concat(KnownCards()))
        {
            // The first one wins, but one that can be used wins over one that is only known.
            if (!found.TryGetValue(backbone.Card.Name, out Backbone? other) || (!IsInstalled(other) && IsInstalled(backbone)))
            {
                found[backbone.Card.Name] = backbone;
            }
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

        List<UserException> broken = [];
        IReadOnlyList<Backbone> all = List(options.Folders, broken.Add);
        if (all.FirstOrDefault(backbone => backbone.Card.Name.Equals(nameOrPath, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return WithOptions(found, options);
        }

        string[] names = [.. all.Select(static backbone => backbone.Card.Name)];
        string hint = EditDistance.Nearest(nameOrPath, names) is { } nearest ? $" Did you mean '{nearest}'?" : string.Empty;
        string looked = string.Join(", ", Roots(options.Folders).DefaultIfEmpty("no folder: none exists"));
        string unread = string.Concat(broken.Select(static exception => $" A card that could not be read: {exception.Message}"));
        throw new UserException(
            $"There is no backbone '{nameOrPath}': no file, no folder, and no name of the catalog.{hint} Known names: {string.Join(", ", names)}. Searched: {looked}.{unread}");
    }

    private static List<Backbone> InFolder(string root, Action<UserException>? onBrokenCard)
    {
        List<Backbone> backbones = [];
        EnumerationOptions oneDeep = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1 };
        foreach (string card in Directory.EnumerateFiles(root, CardName, oneDeep).Order(StringComparer.Ordinal))
        {
            try
            {
                backbones.Add(FromCard(card));
            }
            catch (UserException exception) when (onBrokenCard is not null)
            {
                onBrokenCard(exception);
            }
        }

        return backbones;
    }

    private static Backbone FromCard(string path)
    {
        BackboneCard card = StrictJson.Read<BackboneCard>(path, CardCheck.Check);
        return new Backbone(card, Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static Backbone WithOptions(Backbone backbone, BackboneOptions options)
    {
        Modality modality = options.Modality ?? backbone.Card.Modality;
        BackboneCard card = backbone.Card with
        {
            Modality = modality,
            Image = options.Image ?? (modality == Modality.Image ? backbone.Card.Image : null),
            Text = options.Text ?? (modality == Modality.Text ? backbone.Card.Text : null),
            Feature = options.Feature ?? backbone.Card.Feature,
        };
        CheckOptions(card);
        return new Backbone(card, backbone.Directory);
    }

    /// <summary>Checks a card that options changed or made.</summary>
    internal static void CheckOptions(BackboneCard card)
    {
        string Where(string field) => $"Options of backbone '{card.Name}': '{field}'";
        OptionsValidation.Validate(card, Where);
        CardCheck.Check(card, Where);
    }

    private static IEnumerable<Backbone> KnownCards()
    {
        Assembly assembly = typeof(BackboneCatalog).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(static name => name.EndsWith(CardName, StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            BackboneCard card = StrictJson.Parse<BackboneCard>(bytes.ToArray(), resource, CardCheck.Check);
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
