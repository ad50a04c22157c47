using System.Globalization;
using System.IO.Hashing;
using System.Text;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Text;
using MLTransfer.Pipelines.Data.Formats;
using MLTransfer.Pipelines.Data.Splitting;

namespace MLTransfer.Pipelines.Data;

/// <summary>Checked rows to train on and, where the source says how, to test on.</summary>
internal sealed class Dataset
{
    private Dataset(DataSplit train, DataSplit? test, IReadOnlyList<DataFold> folds, IReadOnlyList<string> classes, DataReport report, string fingerprint)
    {
        Train = train;
        Test = test;
        Folds = folds;
        Classes = classes;
        Report = report;
        Fingerprint = fingerprint;
    }

    /// <summary>The rows to train on: without the holdout set, with all folds.</summary>
    public DataSplit Train { get; }

    /// <summary>The test set or the holdout set; null where there is none.</summary>
    public DataSplit? Test { get; }

    /// <summary>The folds of <see cref="DataSource.Folds"/>; empty where it is not set.</summary>
    public IReadOnlyList<DataFold> Folds { get; }

    /// <summary>The classes of the training rows in ordinal order of their names; empty where the label is no class.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>What was found while the rows were checked.</summary>
    public DataReport Report { get; }

    /// <summary>XXH128 of all good rows, in 32 hexadecimal digits: equal data give equal fingerprints, wherever they lie.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads and checks every row once, and splits.</summary>
    /// <param name="source">Where the rows are.</param>
    /// <param name="columns">The columns that the pipeline reads.</param>
    /// <param name="baseDirectory">The folder that relative paths are relative to.</param>
    /// <param name="seed">Chooses the rows of the holdout set and of the folds.</param>
    /// <param name="progress">Told the number of rows checked in the file at hand.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UserException">
    /// A path or a column is missing; no row or only one class is usable; a row is unusable and the policy is <see cref="RowErrorPolicy.Fail"/>;
    /// a class is too small for the folds.
    /// </exception>
    public static Dataset Open(
        DataSource source,
        DataColumns columns,
        string baseDirectory,
        int seed,
        IProgress<long>? progress = null,
        CancellationToken cancellation = default)
    {
        if (source.Test is not null && (source.TestFraction is not null || source.Folds is not null))
            throw new UserException("data.test is set together with data.testFraction or data.folds. Give one of the three.");
        if (source.TestFraction is not null && source.Folds is not null)
            throw new UserException("data.testFraction and data.folds are both set. Give one of the two.");

        var problems = new ProblemLog();
        var warnings = new List<string>();
        ScannedTable train = Scan(source.Train, "data.train");
        ScannedTable? test = source.Test is null ? null : Scan(source.Test, "data.test");
        bool hasClasses = columns.Label is not null && columns.LabelKind == LabelKind.Class;
        if (test is not null && hasClasses)
            RejectUnknownLabels(test, train, problems);
        if (source.OnError == RowErrorPolicy.Fail)
            problems.ThrowIfAny();
        CheckUsable(train, "training", hasClasses, problems);
        if (test is not null)
            CheckUsable(test, "test", hasClasses: false, problems);

        DataSplit trainRows = Good(train);
        DataSplit? testRows = test is null ? null : Good(test);
        var folds = new List<DataFold>();
        if (source.TestFraction is { } fraction)
        {
            int[] parts = StratifiedSplit.Holdout(ByName(train), fraction, seed);
            WarnOfUntested(train, parts, warnings);
            trainRows = new DataSplit(train, row => parts[row] == 0);
            testRows = new DataSplit(train, row => parts[row] == 1);
        }
        else if (source.Folds is { } count)
        {
            CheckFolds(trainRows, count, hasClasses, warnings);
            int[] parts = StratifiedSplit.Folds(ByName(train), count, seed);
            for (int fold = 0; fold < count; fold++)
            {
                int tested = fold;
                folds.Add(new DataFold(
                    new DataSplit(train, row => parts[row] >= 0 && parts[row] != tested),
                    new DataSplit(train, row => parts[row] == tested)));
            }
        }
        if (hasClasses)
            WarnOfSmall(trainRows, warnings);

        long rowsRead = train.Classes.Count + (test?.Classes.Count ?? 0L);
        return new Dataset(
            trainRows,
            testRows,
            folds,
            hasClasses ? [.. trainRows.ClassCounts.Keys] : [],
            new DataReport(rowsRead, problems.Count, problems.Groups(), warnings),
            Convert.ToHexStringLower(XxHash128.Hash(Encoding.ASCII.GetBytes(train.Fingerprint + test?.Fingerprint))));

        ScannedTable Scan(string path, string setting)
        {
            if (path.Length == 0)
                throw new UserException($"{setting} is empty. Give the path of a folder of class folders, or of a table.");
            ITable table = TableFile.Open(Path.GetFullPath(path, baseDirectory), source, [.. Asked(columns)]);
            warnings.AddRange(table.Notes);
            return ScannedTable.Scan(table, columns, problems, progress, cancellation);
        }
    }

    private static IEnumerable<string> Asked(DataColumns columns) =>
        [.. columns.Label is { } label ? [label] : Array.Empty<string>(), .. columns.Texts.SelectMany(input => input), .. columns.Images, .. columns.Numbers, .. columns.Categories];

    private static DataSplit Good(ScannedTable table) => new(table, row => table.Classes[row] >= 0);

    // Classes in the order of their names, so that a split depends on the rows and not on which class comes first in the file.
    private static int[] ByName(ScannedTable table)
    {
        int[] rank = new int[table.ClassNames.Count];
        int next = 0;
        foreach (int index in Enumerable.Range(0, rank.Length).OrderBy(index => table.ClassNames[index], StringComparer.Ordinal))
            rank[index] = next++;
        return [.. table.Classes.Select(index => index < 0 ? -1 : rank[index])];
    }

    private static void RejectUnknownLabels(ScannedTable test, ScannedTable train, ProblemLog problems)
    {
        for (int index = 0; index < test.ClassNames.Count; index++)
        {
            string name = test.ClassNames[index];
            if (train.ClassNames.Contains(name, StringComparer.Ordinal))
                continue;
            string hint = EditDistance.Nearest(name, train.ClassNames) is { } nearest ? $"; the nearest is '{nearest}'" : "";
            int rows = 0;
            for (int row = 0; row < test.Classes.Count; row++)
            {
                if (test.Classes[row] != index)
                    continue;
                test.Classes[row] = -1;
                rows++;
            }
            problems.Add(test.FirstKeys[index], new RowProblem(RowProblemKind.UnknownLabel, string.Create(
                CultureInfo.InvariantCulture, $"no training row has the label '{name}', {rows} test {(rows == 1 ? "row" : "rows")}{hint}")), rows);
        }
    }

    private static void CheckUsable(ScannedTable table, string role, bool hasClasses, ProblemLog problems)
    {
        int usable = table.Classes.Count(index => index >= 0);
        string first = problems.Groups() is [{ } group, ..] ? $" First of the unusable: {group.Examples[0]}." : "";
        if (table.Classes.Count == 0)
            throw new UserException($"{table.Path} has no rows. The {role} data need at least one row{(hasClasses ? " for each of two classes" : "")}.");
        if (usable == 0)
            throw new UserException(string.Create(CultureInfo.InvariantCulture, $"None of the {table.Classes.Count} rows of {table.Path} can be used.{first}"));
        if (hasClasses && table.ClassNames.Count == 1)
        {
            throw new UserException(
                $"All usable rows of {table.Path} have the label '{table.ClassNames[0]}'. A classifier needs at least two classes.{first}");
        }
    }

    private static void CheckFolds(DataSplit train, int folds, bool hasClasses, List<string> warnings)
    {
        if (train.Count < folds)
            throw new UserException(string.Create(CultureInfo.InvariantCulture, $"data.folds is {folds}, and there are {train.Count} usable rows. Use fewer folds or more rows."));
        if (!hasClasses)
            return;
        string[] single = [.. train.ClassCounts.Where(entry => entry.Value < 2).Select(entry => $"'{entry.Key}'")];
        if (single.Length > 0)
        {
            throw new UserException(
                $"{string.Join(", ", single)}: one row only. In a cross-validation its fold would test a class that was not trained. Add rows, take the class out, or give a test set.");
        }
        string[] small = [.. train.ClassCounts.Where(entry => entry.Value < folds).Select(entry => string.Create(CultureInfo.InvariantCulture, $"'{entry.Key}' ({entry.Value})"))];
        if (small.Length > 0)
            warnings.Add($"Fewer rows than the {folds} folds, so some folds do not test them: {string.Join(", ", small)}.");
    }

    private static void WarnOfUntested(ScannedTable table, int[] parts, List<string> warnings)
    {
        var tested = new HashSet<int>(Enumerable.Range(0, parts.Length).Where(row => parts[row] == 1).Select(row => table.Classes[row]));
        string[] untested = [.. Enumerable.Range(0, table.ClassNames.Count).Where(index => !tested.Contains(index) && table.Classes.Contains(index)).Select(index => $"'{table.ClassNames[index]}'")];
        if (untested.Length > 0)
            warnings.Add($"Too few rows for a row in the test set: {string.Join(", ", untested)}. These classes are trained and not tested.");
    }

    private static void WarnOfSmall(DataSplit train, List<string> warnings)
    {
        string[] single = [.. train.ClassCounts.Where(entry => entry.Value == 1).Select(entry => $"'{entry.Key}'")];
        if (single.Length > 0)
            warnings.Add($"Only one row to train on: {string.Join(", ", single)}.");
    }
}
