using System.ComponentModel.DataAnnotations;
using MLTransfer.FineTuning.Freezing.Adapters;

namespace MLTransfer.FineTuning.Freezing.Plans;

/// <summary>Which weights of a backbone train; those of the head always do. At most one of the choices is set; none: all weights train.</summary>
public sealed record FreezePlan : IValidatableObject
{
    /// <summary>How many of the last blocks train, with what comes behind them; 0: the head alone. Blocks are found by the repetition in the graph.</summary>
    [Range(0, 10_000, ErrorMessage = "must be 0 or larger.")]
    public int? Top { get; init; }

    /// <summary>Names of the initializers that train, with <c>*</c> and <c>?</c>; <c>inspect</c> lists them.</summary>
    public IReadOnlyList<string>? Weights { get; init; }

    /// <summary>Names of the initializers that stay as they are, with <c>*</c> and <c>?</c>; the others train.</summary>
    public IReadOnlyList<string>? Frozen { get; init; }

    /// <summary>Whether only norms and biases train, that is, weights of one dimension (BitFit, Ben Zaken et al. 2022, arXiv:2106.10199). The default value is false.</summary>
    public bool NormsAndBiases { get; init; }

    /// <summary>Low-rank adapters beside weights that stay as they are. The default value is null: none.</summary>
    public LoraOptions? Lora { get; init; }

    /// <summary>
    /// Gradual unfreezing (Howard and Ruder 2018, arXiv:1801.06146): in epoch n the head and the last n blocks train, until all do. The default value is
    /// false.
    /// </summary>
    public bool Gradual { get; init; }

    /// <summary>
    /// Factor of the learning rate from a block to the one before it, for any plan (Clark et al. 2020, arXiv:2003.10555). The default value is 1: all
    /// blocks have the same rate.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true, ErrorMessage = "must be above 0 and at most 1.")]
    public double LayerDecay { get; init; } = 1;

    /// <summary>The plan in a few words.</summary>
    internal string Description => this switch
    {
        { Top: 0 } => "the head alone",
        { Top: { } top } => $"the top {top} {(top == 1 ? "block" : "blocks")}",
        { Weights: { } weights } => $"weights {string.Join(", ", weights)}",
        { Frozen: { } frozen } => $"all but {string.Join(", ", frozen)}",
        { NormsAndBiases: true } => "norms and biases",
        { Lora: { } lora } => $"adapters of rank {lora.Rank}",
        { Gradual: true } => "all weights, block by block",
        _ => "all weights",
    };

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Name, bool IsSet)[] choices =
        [
            (nameof(Top), Top is not null), (nameof(Weights), Weights is not null), (nameof(Frozen), Frozen is not null),
            (nameof(NormsAndBiases), NormsAndBiases), (nameof(Lora), Lora is not null), (nameof(Gradual), Gradual),
        ];
        string[] set = [.. choices.Where(static choice => choice.IsSet).Select(static choice => choice.Name)];
        if (set.Length > 1)
        {
            yield return new ValidationResult($"stands beside '{char.ToLowerInvariant(set[0][0])}{set[0][1..]}'; a plan makes one choice.", [set[1]]);
        }
    }
}
