namespace MLTransfer.FineTuning.Training.Schedules;

/// <summary>How the learning rate goes on after the warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>It falls in a straight line to the last rate.</summary>
    Linear,

    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls along half a cosine to the last rate (Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts).</summary>
    Cosine,

    /// <summary>It rises from a 25th to the peak along half a cosine during the warm-up, and falls to a 250,000th (Smith and Topin 2017, arXiv:1708.07120).</summary>
    OneCycle,

    /// <summary>It is multiplied with a factor when the validation metric has not improved for some epochs.</summary>
    Plateau,
}
