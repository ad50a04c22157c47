using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Inference;

/// <summary>What a feature graph turns out to do on made-up rows: its file does not always tell.</summary>
/// <param name="Dimension">Length of a feature vector.</param>
/// <param name="AnyBatch">Whether it takes several rows a call; graphs that were exported with one row often do not.</param>
internal readonly record struct GraphProbe(int Dimension, bool AnyBatch)
{
    /// <summary>Runs the graph on one row and on two.</summary>
    /// <param name="name">The backbone, for messages.</param>
    /// <param name="run">Runs the graph on that many rows and gives the shape of the features.</param>
    /// <exception cref="UserException">The graph does not run on one row, or does not give one vector for it.</exception>
    public static GraphProbe Of(string name, Func<int, RunOptions, long[]> run)
    {
        // The second run is expected to fail for some graphs: nothing for a user's console.
        using RunOptions quiet = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        long[] one;
        try
        {
            one = run(1, quiet);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new UserException(
                $"Backbone '{name}' does not run on one row that is made as its card says: {exception.Message} "
                + "Check sizes, layout and names of inputs in the card. A graph that was exported for a fixed number of rows must be exported again, for any number.",
                exception);
        }

        if (one is not [1, > 0])
        {
            throw new UserException(
                $"Backbone '{name}' gives features of shape [{string.Join(", ", one)}] for one row; expected one vector. Choose another feature tensor or pooling.");
        }

        return new GraphProbe(checked((int)one[1]), TakesTwo(run, quiet, one[1]));
    }

    private static bool TakesTwo(Func<int, RunOptions, long[]> run, RunOptions quiet, long dimension)
    {
        try
        {
            return run(2, quiet) is [2, var length] && length == dimension;
        }
        catch (OnnxRuntimeException)
        {
            return false;
        }
    }
}
