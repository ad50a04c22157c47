namespace MLTransfer.Pipelines.Heads;

/// <summary>The columns that a trainer reads.</summary>
/// <param name="Label">A key (several classes) or a boolean (two).</param>
/// <param name="Features">The feature vector.</param>
internal readonly record struct HeadColumns(string Label, string Features);
