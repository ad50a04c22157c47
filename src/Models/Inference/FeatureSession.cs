using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Inference;

/// <summary>The session of a feature graph. Where the length of a feature vector is known beforehand, it is made only when the first row must be computed.</summary>
/// <remarks>Making a session takes longer than reading a small data set's features from the cache.</remarks>
internal sealed class FeatureSession : IDisposable
{
    private readonly Lazy<(InferenceSession Session, GraphProbe Probe)> _opened;
    private readonly int? _declared;

    /// <param name="name">The backbone, for messages.</param>
    /// <param name="create">Makes the session.</param>
    /// <param name="run">Runs the graph on that many made-up rows and gives the shape of the features.</param>
    /// <param name="declaredDimension">Length of a feature vector as the graph declares it; null: the session is made now, to find out.</param>
    /// <exception cref="UserException">The session is made now, and the graph does not run.</exception>
    public FeatureSession(string name, Func<InferenceSession> create, Func<InferenceSession, int, RunOptions, long[]> run, int? declaredDimension)
    {
        _declared = declaredDimension;
        _opened = new(() =>
        {
            InferenceSession session = create();
            try
            {
                var probe = GraphProbe.Of(name, (rows, options) => run(session, rows, options));
                if (declaredDimension is { } declared && probe.Dimension != declared)
                {
                    throw new UserException(
                        $"Backbone '{name}' gives features of length {probe.Dimension}, but its file declares {declared}. Export it again, or run without the feature cache.");
                }

                return (session, probe);
            }
            catch
            {
                session.Dispose();
                throw;
            }
        });
        if (declaredDimension is null)
        {
            _ = _opened.Value;
        }
    }

    /// <summary>Length of a feature vector.</summary>
    public int Dimension => _declared ?? _opened.Value.Probe.Dimension;

    /// <summary>Whether the graph takes several rows a call.</summary>
    public bool AnyBatch => _opened.Value.Probe.AnyBatch;

    /// <summary>The session; made now if it was not needed before.</summary>
    public InferenceSession Session => _opened.Value.Session;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_opened.IsValueCreated)
        {
            _opened.Value.Session.Dispose();
        }
    }
}
