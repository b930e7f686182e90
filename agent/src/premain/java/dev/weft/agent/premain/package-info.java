/**
 * What the JVM loads of the agent, in the application's class loader and on any Java from 8 on: the
 * decision whether to start, and the class loader for everything else. Nothing more belongs here,
 * for the application sees it.
 */
package dev.weft.agent.premain;
