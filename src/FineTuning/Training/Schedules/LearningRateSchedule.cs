namespace MLTransfer.FineTuning.Training.Schedules;

/// <summary>The learning rate of a step as a fraction of the peak. A pure function: a resumed training has the rates of an uninterrupted one.</summary>
internal static class LearningRateSchedule
{
    // PyTorch's OneCycleLR: div_factor 25, final_div_factor 1e4.
    private const double OneCycleFirst = 1.0 / 25;
    private const double OneCycleLast = OneCycleFirst / 1e4;

    /// <summary>The fraction of the peak.</summary>
    /// <param name="options">The schedule.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">The number of all steps.</param>
    /// <param name="plateaus">How often the metric has come to a plateau; only the plateau schedule looks at it.</param>
    public static double Factor(ScheduleOptions options, long step, long steps, int plateaus = 0)
    {
        double warmUp = Math.Floor(options.WarmUp * steps);
        if (options.Kind == ScheduleKind.OneCycle)
        {
            double top = warmUp - 1;
            return step <= top && top > 0
                ? Between(OneCycleFirst, 1, step / top)
                : Between(1, OneCycleLast, (step - Math.Max(top, 0)) / Math.Max(1, steps - 1 - Math.Max(top, 0)));
        }

        if (step < warmUp)
        {
            return step / warmUp;
        }

        double done = (step - warmUp) / Math.Max(1, steps - warmUp);
        return options.Kind switch
        {
            ScheduleKind.Constant => 1,
            ScheduleKind.Linear => options.LastFactor + ((1 - options.LastFactor) * (1 - done)),
            ScheduleKind.Cosine => Between(1, options.LastFactor, done),
            _ => Math.Max(options.LastFactor, Math.Pow(options.PlateauFactor, plateaus)),
        };
    }

    /// <summary>From one value to another along half a cosine.</summary>
    private static double Between(double from, double to, double done) => to + ((from - to) * (1 + Math.Cos(Math.PI * Math.Min(1, done))) / 2);
}
