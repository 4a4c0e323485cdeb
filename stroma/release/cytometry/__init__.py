"""Flow cytometry: files of the instrument, compensation, scales, gates, populations, pictures. No Django, no database.

NumPy is imported by the modules here and by nothing that starts with Stroma: a command or an action imports this
package where it is used.
"""
