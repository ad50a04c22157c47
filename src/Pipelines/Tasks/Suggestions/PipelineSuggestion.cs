using MLTransfer.Models.Errors;
using MLTransfer.Models.Text;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Tasks.Suggestions;

/// <summary>A pipeline for data that nobody has described: what is the label, what is the input, what is the test set.</summary>
/// <param name="Configuration">The pipeline, its paths full.</param>
/// <param name="Reasons">Why it is what it is, one sentence each.</param>
internal sealed record PipelineSuggestion(PipelineConfiguration Configuration, IReadOnlyList<string> Reasons)
{
    private const double HeldOut = 0.2;

    private static readonly string[] LabelNames = ["label", "class", "category", "target", "intent", "sentiment", "topic", "tag", "area", "type", "y"];
    private static readonly string[] TestNames = ["test", "testing", "validation", "valid", "val", "dev"];

    /// <summary>Looks at a folder or a table.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="label">The label column; null: found out.</param>
    /// <exception cref="UserException">There are no data that a pipeline could read, or it cannot be told which column is the label.</exception>
    public static PipelineSuggestion For(string path, string? label)
    {
        List<string> reasons = [];
        DataSource data = Source(path, reasons);
        if (data.Format == DataFormat.ImageFolder)
        {
            ImageFolder.Open(data.Train, data.Label); // names what is wrong with it
            return Suggest(data, new FeatureInput { Image = DataColumns.ImagePath, Backbone = FeatureInput.DefaultImageBackbone }, reasons);
        }
        ITable table = TableFile.Open(data.Train, data, label is null ? [] : [label]);
        IReadOnlyList<ColumnProfile> columns = ColumnProfile.Of(table);
        ColumnProfile labelColumn = Label(columns, label, data.Train, reasons);
        FeatureInput input = Input([.. columns.Where(column => column != labelColumn)], data.Train, reasons);
        return Suggest(data with { Label = labelColumn.Name }, input, reasons);
    }

    private static PipelineSuggestion Suggest(DataSource data, FeatureInput input, List<string> reasons) => new(
        new PipelineConfiguration { Task = LearningTask.MulticlassClassification, Data = data, Features = [input] }, reasons);

    private static DataSource Source(string path, List<string> reasons)
    {
        if (File.Exists(path))
            return WithTest(path, TableFile.Detect(path), SiblingTest(path), reasons);
        if (!Directory.Exists(path))
            throw new UserException($"{path} does not exist. Expected a folder of class folders, or a table.");
        string train = Path.Combine(path, "train");
        if (Directory.Exists(train))
            return WithTest(train, DataFormat.ImageFolder, TestNames.Select(name => Path.Combine(path, name)).FirstOrDefault(Directory.Exists), reasons);
        string[] tables = [.. Directory.EnumerateFiles(path).Where(IsTable).Order(StringComparer.Ordinal)];
        string? table = tables.Length == 1 ? tables[0] : tables.FirstOrDefault(static file => Path.GetFileNameWithoutExtension(file).Contains("train", StringComparison.OrdinalIgnoreCase));
        return table is not null
            ? WithTest(table, TableFile.Detect(table), SiblingTest(table), reasons)
            : WithTest(path, DataFormat.ImageFolder, null, reasons);
    }

    private static DataSource WithTest(string train, DataFormat format, string? test, List<string> reasons)
    {
        reasons.Add(test is null
            ? $"No test set lies beside {train}: a fifth of the rows of each class is held out."
            : $"{test} is the test set.");
        return new DataSource { Train = train, Test = test, Format = format, TestFraction = test is null ? HeldOut : null };
    }

    // train.csv and test.csv, or my-train.tsv and my-dev.tsv.
    private static string? SiblingTest(string train)
    {
        string name = Path.GetFileName(train);
        int at = name.IndexOf("train", StringComparison.OrdinalIgnoreCase);
        return at < 0
            ? null
            : TestNames.Select(test => Path.Combine(Path.GetDirectoryName(train)!, name[..at] + test + name[(at + "train".Length)..])).FirstOrDefault(File.Exists);
    }

    private static bool IsTable(string file)
    {
        try
        {
            TableFile.Detect(file);
            return !Path.GetFileName(file).StartsWith("license", StringComparison.OrdinalIgnoreCase);
        }
        catch (UserException)
        {
            return false;
        }
    }

    private static ColumnProfile Label(IReadOnlyList<ColumnProfile> columns, string? wanted, string path, List<string> reasons)
    {
        string all = string.Join(", ", columns.Select(static column => column.Name));
        if (wanted is not null)
        {
            return columns.FirstOrDefault(column => column.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)) ?? throw new UserException(
                $"{path} has no column '{wanted}'.{(EditDistance.Nearest(wanted, columns.Select(static column => column.Name)) is { } nearest ? $" Did you mean '{nearest}'?" : "")} Its columns: {all}.");
        }
        if (LabelNames.Select(name => columns.FirstOrDefault(column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(static column => column is not null) is { } named)
        {
            reasons.Add($"The column '{named.Name}' is the label, by its name.");
            return named;
        }

        // A label repeats itself; a column that hardly does is text or a key.
        ColumnProfile? repeated = columns
            .Where(static column => column.Distinct >= 2 && column.Distinct * 2 <= column.Filled && column is { IsImagePath: false, MeanLength: < 60 })
            .MinBy(static column => column.Distinct);
        if (repeated is null)
            throw new UserException($"Which column of {path} is the label? Say it with --label. Its columns: {all}.");
        reasons.Add($"The column '{repeated.Name}' is taken for the label: it has {repeated.Distinct} different values in {repeated.Filled} rows.");
        return repeated;
    }

    private static FeatureInput Input(IReadOnlyList<ColumnProfile> columns, string path, List<string> reasons)
    {
        if (columns.FirstOrDefault(static column => column.IsImagePath) is { } image)
        {
            reasons.Add($"The column '{image.Name}' holds paths of images.");
            return new FeatureInput { Image = image.Name, Backbone = FeatureInput.DefaultImageBackbone };
        }
        ColumnProfile text = columns.Where(static column => !column.IsNumeric && column.Filled > 0).MaxBy(static column => column.MeanLength)
            ?? throw new UserException($"{path} has no column with texts or paths of images beside the label.");
        string[] others = [.. columns.Where(column => column != text && !column.IsNumeric && column.Filled > 0).Select(static column => column.Name)];
        reasons.Add(others.Length == 0
            ? $"The column '{text.Name}' is the text."
            : $"The column '{text.Name}' is the text, the longest one. To join others to it: \"text\": [\"{text.Name}\", \"{string.Join("\", \"", others)}\"].");
        return new FeatureInput { Text = new ColumnNames(text.Name), Backbone = FeatureInput.DefaultTextBackbone };
    }
}
