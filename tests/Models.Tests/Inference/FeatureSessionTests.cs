using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;

namespace MLTransfer.Models.Tests.Inference;

public sealed class FeatureSessionTests : IDisposable
{
    private readonly TinyBackbones _backbones = new();

    public void Dispose() => _backbones.Dispose();

    [Fact]
    public void Session_DeclaredDimension_IsMadeWhenItIsAskedFor()
    {
        var graph = FeatureGraph.Build(_backbones.TokenMeans(), new FeatureGraphOptions());
        int made = 0;
        using FeatureSession session = Create(graph, graph.DeclaredDimension, () => made++);

        Assert.Equal(2, session.Dimension);
        Assert.Equal(0, made);
        Assert.True(session.AnyBatch);
        Assert.NotNull(session.Session);
        Assert.Equal(1, made);
    }

    [Fact]
    public void Session_UnknownDimension_IsMadeAtOnce()
    {
        int made = 0;
        using FeatureSession session = Create(FeatureGraph.Build(_backbones.TokenMeans(), new FeatureGraphOptions()), declared: null, () => made++);

        Assert.Equal(1, made);
        Assert.Equal(2, session.Dimension);
    }

    [Fact]
    public void Session_FileThatDeclaresAnotherDimension_IsAMistake()
    {
        using FeatureSession session = Create(FeatureGraph.Build(_backbones.TokenMeans(), new FeatureGraphOptions()), declared: 5, static () => { });

        UserException error = Assert.Throws<UserException>(() => session.Session);

        Assert.Contains("length 2", error.Message);
        Assert.Contains("declares 5", error.Message);
    }

    private static FeatureSession Create(FeatureGraph graph, int? declared, Action made) => new(
        graph.Backbone.Card.Name,
        () =>
        {
            made();
            return SessionFactory.Create(graph.Model, new InferenceOptions(), graph.Backbone.Card.Name);
        },
        (session, rows, run) =>
        {
            using var ids = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(new long[rows], [rows, 1]);
            using var mask = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(1L, rows).ToArray(), [rows, 1]);
            using var outputs = session.Run(run, ["input_ids", "attention_mask"], [ids, mask], [FeatureGraph.Features]);
            return outputs[0].GetTensorTypeAndShape().Shape;
        },
        declared);
}
