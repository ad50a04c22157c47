namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>One row as it stands on disk.</summary>
/// <param name="Key">What names the row: <c>train.csv:12</c>, or an image's relative path.</param>
/// <param name="Values">The values asked for; null where the row has none.</param>
/// <param name="Problem">Why the row could not be read; null for a good row.</param>
internal readonly record struct TableRow(string Key, string?[] Values, RowProblem? Problem = null);
