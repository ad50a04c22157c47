using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>Fills in what a pipeline leaves open, and makes its paths full: afterwards every value is the one in force.</summary>
internal static class PipelineResolution
{
    /// <summary>Resolves a pipeline.</summary>
    /// <exception cref="UserException">The data are not where they should be, or do not tell what the inputs are.</exception>
    public static PipelineConfiguration Resolve(PipelineFile file)
    {
        PipelineConfiguration configuration = file.Configuration;
        DataSource data = Data(configuration.Data, file.Directory);
        IReadOnlyList<FeatureInput> features = configuration.Features.Count > 0 ? configuration.Features : [OnlyInput(data)];
        return configuration with
        {
            Data = data,
            Features = [.. features.Select(input => input with { Backbone = BackboneName(input, file.Directory) })],
            Cache = configuration.Cache.Directory is { } cache
                ? configuration.Cache with { Directory = Full(cache, file.Directory) }
                : configuration.Cache,
            Output = Full(configuration.Output, file.Directory),
        };
    }

    /// <summary>The same pipeline with paths relative to the folder that its file is to lie in, so that both can move together.</summary>
    public static PipelineConfiguration RelativeTo(PipelineConfiguration resolved, string folder) => resolved with
    {
        Data = resolved.Data with
        {
            Train = Relative(resolved.Data.Train, folder),
            Test = resolved.Data.Test is { } test ? Relative(test, folder) : null,
        },
        Features = [.. resolved.Features.Select(input => input with { Backbone = Relative(input.BackboneName, folder) })],
        Cache = resolved.Cache.Directory is { } cache ? resolved.Cache with { Directory = Relative(cache, folder) } : resolved.Cache,
        Output = Relative(resolved.Output, folder),
    };

    /// <summary>What the inputs ask of the data.</summary>
    public static DataColumns Columns(PipelineConfiguration configuration, bool hasLabel = true) => new()
    {
        Label = hasLabel ? configuration.Data.Label : null,
        Images = [.. configuration.Features.Select(static input => input.Image).OfType<string>()],
        Texts = [.. configuration.Features.SelectMany(static input => new[] { input.Text, input.Pair }).OfType<ColumnNames>().Select(static columns => columns.Names)],
    };

    private static DataSource Data(DataSource data, string folder)
    {
        string train = Full(data.Train, folder);
        return data with
        {
            Train = train,
            Test = data.Test is { } test ? Full(test, folder) : null,
            Format = data.Format ?? TableFile.Detect(train),
        };
    }

    // An image folder has one input; a table has if it has one column beside the label.
    private static FeatureInput OnlyInput(DataSource data)
    {
        if (data.Format == DataFormat.ImageFolder)
            return new FeatureInput { Image = DataColumns.ImagePath };
        string[] others = [.. TableFile.Open(data.Train, data, [data.Label]).Columns.Where(name => !name.Equals(data.Label, StringComparison.OrdinalIgnoreCase))];
        return others.Length == 1
            ? new FeatureInput { Text = new ColumnNames(others[0]) }
            : throw new UserException(
                $"{data.Train} has {others.Length} columns beside the label '{data.Label}' ({string.Join(", ", others)}), so 'features' must say which are inputs: for example \"features\": [{{ \"text\": \"{others.FirstOrDefault("Text")}\" }}].");
    }

    // A name of the catalog stays a name; what is a file or a folder beside the pipeline becomes a full path.
    private static string BackboneName(FeatureInput input, string folder)
    {
        string name = input.BackboneName;
        string path = Full(name, folder);
        bool isPath = Path.IsPathRooted(name) || name.Contains('/') || name.Contains(Path.DirectorySeparatorChar)
            || name.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) || File.Exists(Path.Combine(path, "card.json"));
        if (!isPath)
            return name;
        return File.Exists(path) || Directory.Exists(path)
            ? path
            : throw new UserException($"The backbone {path} does not exist. Expected a name of the catalog, a folder with a card.json, or an .onnx file.");
    }

    private static string Full(string path, string folder) => Path.GetFullPath(path, folder);

    private static string Relative(string path, string folder) =>
        Path.IsPathRooted(path) ? Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/') : path;

    /// <summary>How a backbone is loaded for an input.</summary>
    public static BackboneOptions BackboneOptions(FeatureInput input) => new()
    {
        Image = input.ImageCard,
        Text = input.TextCard,
        Modality = input.ImageCard is null && input.TextCard is null ? null : input.Modality,
    };
}
