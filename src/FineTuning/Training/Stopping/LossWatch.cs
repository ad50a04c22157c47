using System.Globalization;
using MLTransfer.Models.Errors;

namespace MLTransfer.FineTuning.Training.Stopping;

/// <summary>Smooths the loss, and stops a training whose loss is no number or grows without end.</summary>
internal sealed class LossWatch
{
    private const double Keep = 0.95;
    private const int StepsBeforeJudging = 30;

    /// <summary>The smoothed loss.</summary>
    public double Smoothed { get; set; }

    /// <summary>The smoothed loss of the first steps.</summary>
    public double First { get; set; }

    /// <summary>Steps so far.</summary>
    public long Steps { get; set; }

    /// <summary>Takes the loss of a step in.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="rate">The learning rate of the step before.</param>
    /// <exception cref="UserException">The loss is no number, or three times what it was in the beginning.</exception>
    public void Add(double loss, int epoch, double rate)
    {
        Steps++;
        if (!double.IsFinite(loss))
        {
            throw new UserException(string.Create(
                CultureInfo.InvariantCulture,
                $"The loss became {loss} in epoch {epoch}, step {Steps}, at a learning rate of {rate:g3}. {(Steps == 1 ? "It was the first step, so the rows or the backbone give numbers that are not finite: look for broken rows." : $"Set fineTune.learningRate to a tenth, or lower fineTune.gradientClipping.")}"));
        }

        Smoothed = Steps == 1 ? loss : (Keep * Smoothed) + ((1 - Keep) * loss);
        if (Steps <= StepsBeforeJudging)
        {
            First = Smoothed;
        }
        else if (Smoothed > (3 * First) + 1)
        {
            throw new UserException(string.Create(
                CultureInfo.InvariantCulture,
                $"The loss grows: {Smoothed:g3} in epoch {epoch}, step {Steps}, {First:g3} in the beginning, at a learning rate of {rate:g3}. Set fineTune.learningRate to a tenth, or fineTune.schedule.warmUp higher."));
        }
    }
}
