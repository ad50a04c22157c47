using System.Globalization;
using System.Text;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>The table of operators in docs/operators.md, made from the registry.</summary>
internal static class OperatorTable
{
    /// <summary>The whole page.</summary>
    public static string Markdown()
    {
        (string Domain, string Name, string Versions, string Limits)[] rows = Rows();
        StringBuilder page = new();
        page.Append(
            CultureInfo.InvariantCulture,
            $"""
            # Operators that fine-tuning knows

            Made from the registry by `OperatorTable`; a test compares them. {rows.Length} operators. All of them run on float32, and train where their result
            depends on a weight. A version is that of the operator set in which the form begins; a file in a later version has that form too.

            | domain | operator | forms since | limits |
            |---|---|---|---|

            """);
        foreach ((string domain, string name, string versions, string limits) in rows)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {(domain.Length == 0 ? "ai.onnx" : domain)} | {name} | {versions} | {limits} |\n");
        }

        page.Append("\n## Left out on purpose\n\n| operator | reason |\n|---|---|\n");
        foreach ((string name, string reason) in MissingOperators.Reasons.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"| {name} | {reason} |\n");
        }

        return page.ToString();
    }

    /// <summary>One row an operator, sorted by domain and name; what only rewrites write is left out.</summary>
    private static (string Domain, string Name, string Versions, string Limits)[] Rows() =>
    [
        .. OperatorRegistry.Definitions
            .Where(definition => definition.Domain != RewrittenOperators.Domain)
            .GroupBy(definition => (definition.Domain, definition.Name))
            .OrderBy(group => group.Key.Domain, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Name, StringComparer.Ordinal)
            .Select(group => (
                group.Key.Domain,
                group.Key.Name,
                string.Join(", ", group.Select(definition => definition.SinceVersion).Order()),
                string.Join("; ", group.Select(definition => definition.Limit).Where(limit => limit is not null).Distinct()))),
    ];
}
