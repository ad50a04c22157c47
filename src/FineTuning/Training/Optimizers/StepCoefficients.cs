namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>The numbers of one step of one parameter.</summary>
/// <param name="Rate">The learning rate.</param>
/// <param name="Decay">The weight decay.</param>
/// <param name="GradientScale">What gradients are multiplied with first, for clipping.</param>
/// <param name="Step">How often the parameter was updated, this step included.</param>
internal readonly record struct StepCoefficients(double Rate, double Decay, double GradientScale, long Step);
