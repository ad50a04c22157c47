using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Training.Losses;

/// <summary>The loss of a classifier. A regression has the mean squared error.</summary>
public sealed record LossOptions
{
    /// <summary>Part of the target that is spread evenly over all classes (Szegedy et al. 2016, arXiv:1512.00567). The default value is 0.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true, ErrorMessage = "must be from 0 to below 1.")]
    public double LabelSmoothing { get; init; }

    /// <summary>
    /// The exponent of the focal loss (Lin et al. 2017, arXiv:1708.02002): rows that are already right count less. The default value is 0: plain
    /// cross-entropy.
    /// </summary>
    [Range(0.0, 10.0, ErrorMessage = "must be from 0 to 10.")]
    public double FocalGamma { get; init; }

    /// <summary>Whether classes count by the inverse of their frequency, so that small ones weigh as much as large ones. The default value is false.</summary>
    public bool BalanceClasses { get; init; }
}
