namespace MLTransfer.Pipelines.Evaluation;

/// <summary>How well one class is told from the others. A ratio without rows to divide by is 0, as in scikit-learn.</summary>
/// <param name="Precision">Of the rows that were given this label, the share that have it.</param>
/// <param name="Recall">Of the rows that have this label, the share that were given it.</param>
/// <param name="F1">The harmonic mean of precision and recall.</param>
/// <param name="Support">The rows that have this label.</param>
public sealed record ClassMetrics(double Precision, double Recall, double F1, long Support);
