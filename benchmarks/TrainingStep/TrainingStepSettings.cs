namespace MLTransfer.Benchmarks.TrainingStep;

/// <summary>How a training step is measured.</summary>
/// <param name="Steps">Steps that are measured.</param>
/// <param name="Alone">Whether ONNX Runtime is left out.</param>
/// <param name="ChannelsLast">Whether convolutions run with their channels last.</param>
/// <param name="Bfloat16">Whether products run in bfloat16.</param>
/// <param name="Rewrites">Whether rewrites are on.</param>
internal sealed record TrainingStepSettings(int Steps, bool Alone, bool ChannelsLast, bool Bfloat16, bool Rewrites);
