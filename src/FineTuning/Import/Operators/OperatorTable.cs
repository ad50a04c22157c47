using System.Globalization;
using System.Text;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>The table of operators in docs/operators.md, made from the registry.</summary>
internal static class OperatorTable
{
    /// <summary>The whole page.</summary>
    public static string Markdown()
    {
        IReadOnlyList<OperatorRow> rows = Rows();
        StringBuilder page = new();
        page.Append(
            CultureInfo.InvariantCulture,
            $"""
            # Operators that fine-tuning knows

            Made from the registry by `OperatorTable`; a test compares them. {rows.Count} operators. All of them run on float32, and train where their result
            depends on a weight. A version is that of the operator set in which the form begins; a file in a later version has that form too.

            | domain | operator | forms since | limits |
            |---|---|---|---|

            """);
        foreach (OperatorRow row in rows)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {row.Domain} | {row.Name} | {string.Join(", ", row.Versions)} | {row.Limits} |\n");
        }

        page.Append("\n## Left out on purpose\n\n| operator | reason |\n|---|---|\n");
        foreach ((string name, string reason) in MissingOperators.Reasons.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"| {name} | {reason} |\n");
        }

        return page.ToString();
    }

    /// <summary>One row an operator, sorted by domain and name; what only rewrites write is left out.</summary>
    public static IReadOnlyList<OperatorRow> Rows() =>
    [
        .. OperatorRegistry.Definitions
            .Where(definition => definition.Domain != RewrittenOperators.Domain)
            .GroupBy(definition => (definition.Domain, definition.Name))
            .OrderBy(group => group.Key.Domain, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Name, StringComparer.Ordinal)
            .Select(group => new OperatorRow(
                group.Key.Domain.Length == 0 ? "ai.onnx" : group.Key.Domain,
                group.Key.Name,
                [.. group.Select(definition => definition.SinceVersion).Order()],
                string.Join("; ", group.Select(definition => definition.Limit).Where(limit => limit is not null).Distinct()))),
    ];
}
