using MLTransfer.Models.Errors;
using MLTransfer.Models.Text;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Rows for a trained model: a table, a folder of class folders, loose images, or texts.</summary>
/// <param name="Rows">The rows that can be used.</param>
/// <param name="Warnings">What cannot be used, or deserves a look.</param>
internal sealed record InputRows(DataSplit Rows, IReadOnlyList<string> Warnings)
{
    /// <summary>Rows without labels: a table with the model's columns, an image, or a folder of images at any depth.</summary>
    /// <exception cref="UserException">The path does not hold what the model reads.</exception>
    public static InputRows ForPrediction(string path, TrainedModel model, CancellationToken cancellation)
    {
        bool isOfImages = Directory.Exists(path) || ImageFolder.Extensions.Contains(Path.GetExtension(path));
        if (isOfImages && (model.Images.Count != 1 || model.Texts.Count > 0))
            throw new UserException($"{path} holds images; this model reads {Describe(model)}. Give a table with these columns.");
        ITable table = isOfImages ? ImageFiles.Open(path, model.Images[0]) : TableFile.Open(path, new DataSource(), [.. model.Images, .. model.Texts]);
        return Scan(table, model.Columns(label: null), knownLabels: null, cancellation);
    }

    /// <summary>Rows of one text each.</summary>
    /// <exception cref="UserException">The model reads something else.</exception>
    public static InputRows OfTexts(IReadOnlyList<string> texts, TrainedModel model, CancellationToken cancellation) =>
        model is { Images.Count: 0, Texts: [var column] }
            ? Scan(new TextList(texts, column), model.Columns(label: null), knownLabels: null, cancellation)
            : throw new UserException($"--text gives one text a row; this model reads {Describe(model)}. Give a table with these columns.");

    /// <summary>Rows with labels, in the format of the training data.</summary>
    /// <exception cref="UserException">The path does not hold what the model reads, or no row has a label that the model knows.</exception>
    public static InputRows ForEvaluation(string path, DataSource source, TrainedModel model, CancellationToken cancellation)
    {
        ITable table = TableFile.Open(path, source with { Format = Format(path, source) }, [source.Label, .. model.Images, .. model.Texts]);
        return Scan(table, model.Columns(source.Label), model.Classes, cancellation);
    }

    // The path tells, and where it does not, the format of the training data.
    private static DataFormat? Format(string path, DataSource source)
    {
        try
        {
            return TableFile.Detect(path);
        }
        catch (UserException) when (File.Exists(path) && source.Format is not null and not DataFormat.ImageFolder)
        {
            return source.Format;
        }
    }

    private static InputRows Scan(ITable table, DataColumns columns, IReadOnlyList<string>? knownLabels, CancellationToken cancellation)
    {
        ProblemLog problems = new();
        ScannedTable scanned = ScannedTable.Scan(table, columns, problems, null, cancellation);
        if (knownLabels is not null)
            LeaveOutUnknown(scanned, knownLabels, problems);
        DataReport report = new(scanned.Classes.Count, problems.Count, problems.Groups(), table.Notes);
        string[] warnings = [.. DataReportText.Lines(report)];
        DataSplit rows = new(scanned, row => scanned.Classes[row] >= 0);
        return rows.Count > 0
            ? new InputRows(rows, warnings)
            : throw new UserException($"{table.Path} has no row that can be used. {string.Join(" ", warnings)}".TrimEnd());
    }

    private static void LeaveOutUnknown(ScannedTable scanned, IReadOnlyList<string> known, ProblemLog problems)
    {
        for (int index = 0; index < scanned.ClassNames.Count; index++)
        {
            string name = scanned.ClassNames[index];
            if (known.Contains(name, StringComparer.Ordinal))
                continue;
            int rows = 0;
            for (int row = 0; row < scanned.Classes.Count; row++)
            {
                if (scanned.Classes[row] != index)
                    continue;
                scanned.Classes[row] = -1;
                rows++;
            }
            string hint = EditDistance.Nearest(name, known) is { } nearest ? $"; the nearest is '{nearest}'" : "";
            problems.Add(scanned.FirstKeys[index], new RowProblem(RowProblemKind.UnknownLabel, $"the model does not know the label '{name}'{hint}"), rows);
        }
    }

    private static string Describe(TrainedModel model)
    {
        IEnumerable<string> inputs = model.Images.Select(static name => $"an image '{name}'").Concat(model.Texts.Select(static name => $"a text '{name}'"));
        return string.Join(" and ", inputs);
    }
}
