namespace MLTransfer.FineTuning.Heads;

/// <summary>The weights that a head begins with.</summary>
public enum HeadStart
{
    /// <summary>
    /// <see cref="Fitted"/> where the training has fewer than 200 steps, in which a random head would learn little; otherwise, and for sentence pairs,
    /// <see cref="Random"/>.
    /// </summary>
    Automatic,

    /// <summary>
    /// Those of a linear classifier of the backbone's features as they are, in a regression those of a ridge regression, so that the first steps do not spoil the backbone on
    /// behalf of a head that knows nothing (Kumar et al. 2022, arXiv:2202.10054).
    /// </summary>
    Fitted,

    /// <summary>Uniform in ± 1 / √features.</summary>
    Random,
}
