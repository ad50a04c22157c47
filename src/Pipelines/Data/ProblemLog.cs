using System.Globalization;
using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.Data;

/// <summary>Counts unusable rows by sort and keeps the first of each to name them.</summary>
internal sealed class ProblemLog
{
    private const int ExamplesKept = 10;

    private readonly SortedDictionary<RowProblemKind, (long Count, List<string> Examples)> _byKind = [];

    /// <summary>How many rows were added.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a row, or several with one problem under the first one's key.</summary>
    public void Add(string key, RowProblem problem, int rows = 1)
    {
        Count += rows;
        if (!_byKind.TryGetValue(problem.Kind, out (long Count, List<string> Examples) entry))
            entry = (0, []);
        if (entry.Examples.Count < ExamplesKept)
            entry.Examples.Add($"{key}: {problem.Detail}");
        _byKind[problem.Kind] = (entry.Count + rows, entry.Examples);
    }

    public IReadOnlyList<RowProblemGroup> Groups() =>
        [.. _byKind.Select(pair => new RowProblemGroup(pair.Key, pair.Value.Count, pair.Value.Examples))];

    /// <summary>Throws when there is an unusable row.</summary>
    /// <exception cref="UserException">Names the first rows of each sort.</exception>
    public void ThrowIfAny()
    {
        if (Count == 0)
            return;
        IEnumerable<string> lines = _byKind.Values.SelectMany(entry => entry.Examples.Count == ExamplesKept && entry.Count > ExamplesKept
            ? entry.Examples.Append(string.Create(CultureInfo.InvariantCulture, $"… {entry.Count} rows like the last in all"))
            : entry.Examples);
        throw new UserException(string.Create(CultureInfo.InvariantCulture,
            $"{Count} {(Count == 1 ? "row" : "rows")} cannot be used and data.onError is \"fail\". Mend the rows, or set data.onError to \"skip\" to leave them out.{Environment.NewLine}  ")
            + string.Join(Environment.NewLine + "  ", lines));
    }
}
