namespace MLTransfer.Benchmarks.TrainingStep;

/// <summary>A network and a batch whose training step is measured.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="File">The file under shared/models.</param>
/// <param name="Feature">The output that the head reads.</param>
/// <param name="Batch">Rows of the batch.</param>
/// <param name="Length">Tokens of a row; 0 for images of 224 by 224 pixels.</param>
/// <param name="Target">The most times ONNX Runtime's forward pass that a step should take.</param>
/// <param name="Peer">What PyTorch 2.14's step takes.</param>
internal sealed record TrainingStepCase(string Name, string File, string Feature, int Batch, int Length, double Target, string Peer)
{
    public static IReadOnlyList<TrainingStepCase> All { get; } =
    [
        new("minilm-32x32", "all-MiniLM-L6-v2.onnx", "last_hidden_state", 32, 32, 3.8, "4.1"),
        new("minilm-16x128", "all-MiniLM-L6-v2.onnx", "last_hidden_state", 16, 128, 3.5, "3.6 to 4.1"),
        new("efficientnet-lite0-32", "efficientnet-lite0.onnx", "features", 32, 0, 6.5, "6.9"),
        new("bert-base-8x128", "skeletons/bert-base.onnx", "last_hidden_state", 8, 128, 3.2, "3.4"),
        new("resnet50-16", "skeletons/resnet50.onnx", "features", 16, 0, 4.7, "4.9"),
    ];
}
