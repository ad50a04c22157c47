using System.Globalization;
using System.Text.Json;
using MLTransfer.Pipelines.Data;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>What was found in the data, as lines for people.</summary>
internal static class DataReportText
{
    private const int ExamplesShown = 5;

    /// <summary>A line for each sort of unusable rows and each warning.</summary>
    public static IEnumerable<string> Lines(DataReport report) =>
        report.Problems
            .Select(static group => Line(JsonNamingPolicy.KebabCaseLower.ConvertName(group.Kind.ToString()), group.Count, group.Examples))
            .Concat(report.Warnings);

    /// <summary><c>3 rows skipped (broken-image): a.jpg: …; b.jpg: …</c></summary>
    public static string Line(string kind, long count, IReadOnlyList<string> examples)
    {
        string rows = count == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} rows");
        string more = count > ExamplesShown && examples.Count > ExamplesShown
            ? string.Create(CultureInfo.InvariantCulture, $"; and {count - ExamplesShown:N0} more")
            : "";
        return $"{rows} skipped ({kind}): {string.Join("; ", examples.Take(ExamplesShown))}{more}";
    }
}
